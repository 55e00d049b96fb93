//! What the doctor found, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::style::Style;
use crate::domain::diagnosis::{Check, Diagnosis, Verdict};

/// Columns in front of what is said of a stage.
const INDENT: usize = 4;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    hosts: &'a [Diagnosis],
}

/// One object with every host.
pub fn json(diagnoses: &[Diagnosis]) -> Result<String, serde_json::Error> {
    let document = Document {
        schema: "plimsoll.doctor/1",
        hosts: diagnoses,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// A block of lines for each host.
pub fn text(diagnoses: &[Diagnosis], style: &Style) -> String {
    let blocks: Vec<String> = diagnoses.iter().map(|one| block(one, style)).collect();
    blocks.join("\n")
}

fn block(diagnosis: &Diagnosis, style: &Style) -> String {
    let palette = &style.palette;
    let mut out = format!(
        "{}{}{}  {}\n",
        palette.strong,
        style.clean(&diagnosis.host),
        palette.end,
        style.clean(&diagnosis.endpoint)
    );
    if !diagnosis.jumps.is_empty() {
        let jumps = style.clean(&diagnosis.jumps.join(", then "));
        line(&mut out, "", &format!("through {jumps}"));
    }
    for check in &diagnosis.checks {
        stage(&mut out, check, style);
    }
    let hand = style.clean(&diagnosis.by_hand);
    line(&mut out, "", &format!("by hand: {hand}"));
    out
}

fn stage(out: &mut String, check: &Check, style: &Style) {
    let palette = &style.palette;
    let colour = match check.verdict {
        Verdict::Ok => palette.good,
        Verdict::Limited => palette.unknown,
        Verdict::Failed => palette.severities.first().copied().unwrap_or_default(),
        Verdict::Skipped => palette.faint,
    };
    let took = check
        .ms
        .map_or_else(String::new, |ms| format!("{ms:.1} ms"));
    let mut details = check.details.iter().map(|detail| style.clean(detail));
    let first = details.next().unwrap_or_default();
    let row = format!(
        "  {colour}{:<7}{}  {:<14} {took:>10}  {first}",
        check.verdict.word(),
        palette.end,
        check.name
    );
    out.push_str(row.trim_end());
    out.push('\n');
    // Under the first detail.
    let under = " ".repeat(37);
    for detail in details {
        line(out, &under, &detail);
    }
    if let Some(failure) = &check.failure {
        line(out, "", &style.clean(&failure.message));
        for cause in &failure.causes {
            line(out, "", &format!("because: {}", style.clean(cause)));
        }
        line(out, "", &format!("next: {}", style.clean(&failure.hint)));
    }
    for (side, setting) in [("here", &check.here), ("there", &check.there)] {
        if let Some(setting) = setting {
            line(out, "", &format!("{side}: {}", style.clean(setting)));
        }
    }
}

fn line(out: &mut String, indent: &str, text: &str) {
    let indent = if indent.is_empty() {
        " ".repeat(INDENT)
    } else {
        indent.to_owned()
    };
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{indent}{text}");
}
