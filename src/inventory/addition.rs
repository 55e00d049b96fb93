//! Where and how a waiver is written into the text of an inventory: every byte of the file stays where it is.

use toml::de::DeTable;

/// A waiver to be written, as a person gave it; the words of an inventory (`docs/inventory.md`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The id of the control.
    pub control: String,
    /// Host expression.
    pub hosts: Option<String>,
    /// Glob over the subject.
    pub subject: Option<String>,
    /// Glob over the image.
    pub image: Option<String>,
    /// `key=value`.
    pub label: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Its number elsewhere.
    pub ticket: Option<String>,
    /// The day it was granted, `YYYY-MM-DD`.
    pub granted: Option<String>,
    /// The last day it holds, `YYYY-MM-DD`.
    pub expires: String,
}

/// Text that is put between two lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The byte in front of which it is put.
    pub at: usize,
    /// What is put there.
    pub text: String,
}

impl Insertion {
    /// The file with the text in it.
    pub fn applied(&self, file: &str) -> String {
        let (before, after) = file.split_at(self.at);
        format!("{before}{}{after}", self.text)
    }
}

/// Where `draft` belongs in `file`: behind the last waiver, else at the end. `None` where the file lists its waivers in
/// one value, which only a person should rearrange.
pub fn insertion(file: &str, draft: &Draft) -> Option<Insertion> {
    let at = place(file)?;
    let end = if file.contains("\r\n") { "\r\n" } else { "\n" };
    let unfinished = at > 0 && !file[..at].ends_with('\n');
    let mut lines = Vec::new();
    if unfinished {
        lines.push(String::new());
    }
    if at > 0 {
        lines.push(String::new());
    }
    lines.push("[[waivers]]".to_owned());
    lines.extend(entries(draft));
    lines.push(String::new());
    Some(Insertion {
        at,
        text: lines.join(end),
    })
}

/// The start of the line behind the last waiver, or the end of the file.
fn place(file: &str) -> Option<usize> {
    let (root, _) = DeTable::parse_recoverable(file);
    let waivers = root
        .get_ref()
        .iter()
        .find(|(key, _)| key.get_ref() == "waivers");
    let Some((key, waivers)) = waivers else {
        return Some(file.len());
    };
    if !file.get(..key.span().start)?.trim_end().ends_with("[[") {
        return None;
    }
    let last = waivers.get_ref().as_array()?.iter().last()?;
    let values = last
        .get_ref()
        .as_table()?
        .iter()
        .map(|(_, value)| value.span().end);
    let end = values.max().unwrap_or(last.span().end);
    let rest = file.get(end..)?;
    Some(rest.find('\n').map_or(file.len(), |line| end + line + 1))
}

/// The lines of the table, in the order of the documentation.
fn entries(draft: &Draft) -> Vec<String> {
    let text = |key: &str, value: &str| {
        let quoted = toml::Value::String(value.to_owned());
        format!("{key} = {quoted}")
    };
    let mut lines = vec![text("control", &draft.control)];
    let maybe = [
        ("hosts", &draft.hosts),
        ("subject", &draft.subject),
        ("image", &draft.image),
        ("label", &draft.label),
    ];
    lines.extend(
        maybe
            .into_iter()
            .filter_map(|(key, value)| Some(text(key, value.as_deref()?))),
    );
    lines.push(text("owner", &draft.owner));
    lines.push(text("reason", &draft.reason));
    let maybe = [
        ("approved_by", &draft.approved_by),
        ("ticket", &draft.ticket),
    ];
    lines.extend(
        maybe
            .into_iter()
            .filter_map(|(key, value)| Some(text(key, value.as_deref()?))),
    );
    // A date stands without quotes; whether it is one is seen when the file is read again.
    lines.extend(draft.granted.as_ref().map(|day| format!("granted = {day}")));
    lines.push(format!("expires = {}", draft.expires));
    lines
}
