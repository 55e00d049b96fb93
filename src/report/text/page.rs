//! Lines of a text report: indented, wrapped, painted, harmless.

use crate::report::style::{self, Style};

/// A page that grows line by line.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) style: &'a Style,
    out: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(style: &'a Style) -> Self {
        Self {
            style,
            out: String::new(),
        }
    }

    /// The whole page; every line ends with a line end.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An empty line, but never two in a row nor one at the top.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// `head` as it is (our own words, perhaps painted, `columns` wide), then `text` cleaned and wrapped beside it.
    pub(super) fn beside(&mut self, head: &str, columns: usize, text: &str, sequence: &str) {
        let text = self.style.clean(text);
        let room = self.style.width.saturating_sub(columns).max(20);
        let mut head = head.to_owned();
        let lines = style::wrap(&text, room);
        if lines.is_empty() {
            self.out.push_str(head.trim_end());
            self.out.push('\n');
        }
        for line in lines {
            self.out.push_str(&head);
            self.out
                .push_str(&self.style.palette.paint(sequence, &line));
            self.out.push('\n');
            head = " ".repeat(columns);
        }
    }

    /// `text` cleaned and wrapped, `indent` columns from the left.
    pub(super) fn text(&mut self, indent: usize, text: &str) {
        self.beside(&" ".repeat(indent), indent, text, "");
    }

    /// The same in the colour of what matters less.
    pub(super) fn faint(&mut self, indent: usize, text: &str) {
        let faint = self.style.palette.faint;
        self.beside(&" ".repeat(indent), indent, text, faint);
    }

    /// A heading: `name` strong, the rest beside it.
    pub(super) fn heading(&mut self, name: &str, rest: &str) {
        let name = self.style.clean(name);
        let columns = crate::domain::text::width(&name) + 2;
        let strong = self.style.palette.paint(self.style.palette.strong, &name);
        if columns * 2 > self.style.width {
            self.out.push_str(&strong);
            self.out.push('\n');
            self.text(2, rest);
        } else {
            self.beside(&format!("{strong}  "), columns, rest, "");
        }
    }

    /// `word` in a left column of fixed width, `text` beside it.
    pub(super) fn entry(&mut self, word: &str, text: &str) {
        const LEFT: usize = 10;
        let head = format!("{word:<LEFT$}");
        let head = self.style.palette.paint(self.style.palette.faint, &head);
        self.beside(&head, LEFT, text, "");
    }
}

/// `parts` joined by `between`, those that are empty left out.
pub(super) fn join(parts: &[String], between: &str) -> String {
    let parts: Vec<&str> = (parts.iter())
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(between)
}

/// `1 host`, `2 hosts`.
pub(in crate::report) fn count(n: usize, what: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{n} {what}{ending}")
}
