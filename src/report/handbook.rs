//! The catalogue as a page, everything about every control: `plimsoll controls --format markdown`, kept as
//! `docs/controls.md`.

use std::fmt::Write as _;

use super::catalogue::{Catalogue, frameworks, references};
use super::controls::by_area;
use super::explain::shown;
use crate::domain::control::{Control, Parameter, Preset, Remedy};

const HEAD: &str = "\
A control is one desired state with the rule that judges it and the remedy that restores it. This page is what
`plimsoll controls --format markdown` prints; a test fails where the two differ.

- **Set**: `baseline` is judged by default, `hardened` adds what hardened hosts want, `policy` needs a value under
  `[policy]`, `informational` is shown and never scored.
- **Remedy**: `auto` can be done by the program, `guide` is done by a person; the word behind it says what is disturbed.
- **Helps with**: requirements of published frameworks that the control answers in part, by number. Their texts are
  licensed and stand with their publishers.
";

/// The page, ending with a line end.
pub(super) fn page(catalogue: &Catalogue) -> String {
    let mut out = format!(
        "# Controls\n\n{} controls.\n\n{HEAD}",
        catalogue.all().len()
    );
    for (area, controls) in by_area(catalogue) {
        // Writing to a string cannot fail.
        let _infallible = write!(
            out,
            "\n## {}\n\n| id | title | severity | set |\n|---|---|---|---|\n",
            area.word()
        );
        for control in &controls {
            let id = control.id;
            let _infallible = writeln!(
                out,
                "| [`{id}`](#{id}) | {} | {} | {} |",
                cell(control.title),
                control.severity.word(),
                control.set.word(),
            );
        }
        for control in controls {
            out.push_str(&section(control));
        }
    }
    out
}

fn section(control: &Control) -> String {
    let mut out = format!("\n### {}\n\n{}.\n\n", control.id, plain(control.title));
    let mut item = |word: &str, text: &str| {
        if !text.is_empty() {
            let _infallible = writeln!(out, "- **{word}**: {}", plain(text));
        }
    };
    let momentary = if control.momentary {
        "; a momentary state, shown but not scored"
    } else {
        ""
    };
    item(
        "Severity",
        &format!(
            "{}, set {}{momentary}",
            control.severity.word(),
            control.set.word()
        ),
    );
    item("Why", control.why);
    item("Reads", control.evidence);
    item("Passes", control.passes);
    item("Needs", &control.needs.join(", "));
    for parameter in control.parameters {
        item("Parameter", &setting(parameter));
    }
    for Remedy {
        kind,
        class,
        action,
        undo,
        ..
    } in control.remedies
    {
        let word = format!("Remedy ({}, {})", kind.word(), class.word());
        item(&word, action);
        item("Taken back by", undo);
    }
    item("Answers", &references(control).join(", "));
    item("Helps with", &frameworks(control).join("; "));
    out
}

/// A parameter with its kind, default and meaning.
fn setting(parameter: &Parameter) -> String {
    let default = match parameter.default {
        Preset::Unset(_) => "not set".to_owned(),
        preset => preset
            .value()
            .map_or_else(String::new, |value| format!("default `{}`", shown(&value))),
    };
    format!(
        "`{}` ({}, {default}): {}",
        parameter.name,
        parameter.default.kind().word(),
        parameter.about
    )
}

/// Text on one line that stands for itself: stars and angle brackets are no mark-up.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for c in text.chars() {
        code ^= c == '`';
        match c {
            '\n' => out.push(' '),
            '*' | '<' if !code => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// The same where it must not end a table's cell.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}
