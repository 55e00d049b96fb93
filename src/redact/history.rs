//! Build steps of an image without the values that were built in.

use super::patterns::head;
use super::{HIDDEN, Redactor, Scrubbed};
use crate::domain::evidence::secret::{Hidden, Looks};
use crate::domain::text::clean;

/// Instructions that consist of names and values.
const PAIRS: &[&str] = &["ENV", "ARG", "LABEL"];

impl Redactor {
    /// A build step as the engine tells it: values of `ENV`, `ARG` and `LABEL` and of build arguments replaced, secrets in
    /// the rest too.
    pub fn step(&self, created_by: &str) -> Scrubbed<String> {
        let mut secrets = Vec::new();
        let shown = clean(&self.instruction(head(created_by), &mut secrets));
        Scrubbed { shown, secrets }
    }

    fn instruction(&self, step: &str, secrets: &mut Vec<Hidden>) -> String {
        // The classic builder marks what ran no command like this.
        let body = step
            .strip_prefix("/bin/sh -c #(nop)")
            .unwrap_or(step)
            .trim_start();
        let (word, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        if word == "ONBUILD" {
            return format!("ONBUILD {}", self.instruction(rest, secrets));
        }
        if PAIRS.contains(&word) {
            return format!("{word} {}", self.named_values(rest.trim_start(), secrets));
        }
        let (run, arguments) = match body.strip_prefix("RUN ") {
            Some(rest) => ("RUN ", rest.trim_start()),
            None => ("", body),
        };
        if let Some(counted) = arguments.strip_prefix('|') {
            let (count, rest) = counted
                .split_once(char::is_whitespace)
                .unwrap_or((counted, ""));
            if !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()) {
                return format!("{run}|{count} {}", self.build_arguments(rest, secrets));
            }
        }
        self.running(body, secrets, 0)
    }

    /// `NAME=value … /bin/sh -c command`: the values are not quoted, so the command's shell or first absolute path ends
    /// them.
    fn build_arguments(&self, text: &str, secrets: &mut Vec<Hidden>) -> String {
        let end = ["/bin/sh -c ", "/bin/bash "]
            .iter()
            .filter_map(|shell| text.find(shell))
            .min()
            .or_else(|| text.find(" /").map(|at| at + 1))
            .unwrap_or(text.len());
        let (pairs, command) = text.split_at(end);
        let pairs = self.named_values(pairs, secrets);
        let command = self.running(command, secrets, 0);
        format!("{pairs} {command}")
    }

    /// `NAME=value NAME="two words" NAME=two words`, or the old `NAME value`.
    fn named_values(&self, text: &str, secrets: &mut Vec<Hidden>) -> String {
        let starts = pair_starts(text);
        let Some(first) = starts.first() else {
            let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            self.note(name, value.trim(), secrets);
            return if value.is_empty() {
                name.to_owned()
            } else {
                format!("{name} {HIDDEN}")
            };
        };
        let mut shown = Vec::new();
        if *first > 0 {
            // Something in front of the first pair that is no pair: nobody knows what it is.
            shown.push(HIDDEN.to_owned());
        }
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).copied().unwrap_or(text.len());
            let pair = text.get(*start..end).unwrap_or_default().trim();
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.note(name, value, secrets);
            shown.push(format!("{name}={HIDDEN}"));
        }
        shown.join(" ")
    }

    fn note(&self, name: &str, value: &str, secrets: &mut Vec<Hidden>) {
        let value = value
            .strip_prefix('"')
            .and_then(|inner| inner.strip_suffix('"'))
            .unwrap_or(value);
        let hidden = self.hidden(name, value);
        if hidden.looks != Looks::Harmless {
            secrets.push(hidden);
        }
    }
}

/// Where a `NAME=` begins at the start of a word outside quotes.
fn pair_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut quoted = None;
    let mut fresh = true;
    for (at, c) in text.char_indices() {
        match quoted {
            Some(quote) if c == quote => quoted = None,
            None if c == '"' || c == '\'' => quoted = Some(c),
            None if c.is_whitespace() => {
                fresh = true;
                continue;
            }
            None if fresh => {
                let rest = text.get(at..).unwrap_or_default();
                let name = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
                    .unwrap_or(rest.len());
                if name > 0 && rest.get(name..).is_some_and(|tail| tail.starts_with('=')) {
                    starts.push(at);
                }
            }
            _ => {}
        }
        fresh = false;
    }
    starts
}
