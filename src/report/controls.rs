//! The catalogue as a list: text and JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::catalogue::{Catalogue, references, remedy_words};
use super::handbook;
use super::style::{self, Style};
use crate::controls::frameworks::Framework;
use crate::domain::control::{Area, Control, Parameter, Remedy};
use crate::domain::policy::PolicyValue;
use crate::domain::severity::Severity;

/// How the catalogue is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table for people.
    Text,
    /// An array of objects.
    Json,
    /// The whole catalogue as a page, `docs/controls.md`.
    Markdown,
}

/// The catalogue in `format`, ending with a line end.
pub fn list(catalogue: &Catalogue, format: Format, style: &Style) -> String {
    match format {
        Format::Text => text(catalogue, style),
        Format::Markdown => handbook::page(catalogue),
        Format::Json => {
            let all: Vec<_> = catalogue.all().iter().map(|c| described(c)).collect();
            let mut out = serde_json::to_string_pretty(&all).unwrap_or_default();
            out.push('\n');
            out
        }
    }
}

/// Everything that is said of a control, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Described {
    id: &'static str,
    title: &'static str,
    area: &'static str,
    severity: Severity,
    set: &'static str,
    references: Vec<String>,
    practices: Vec<String>,
    cis: Vec<DescribedCis>,
    frameworks: BTreeMap<&'static str, Vec<&'static str>>,
    why: &'static str,
    evidence: &'static str,
    passes: &'static str,
    momentary: bool,
    needs: &'static [&'static str],
    parameters: Vec<DescribedParameter>,
    remedy: DescribedRemedy,
    alternatives: Vec<DescribedRemedy>,
}

#[derive(Debug, Serialize)]
struct DescribedCis {
    #[serde(rename = "1.8.0")]
    v18: &'static str,
    #[serde(rename = "1.6.0")]
    v16: Option<&'static str>,
    level: u8,
}

#[derive(Debug, Serialize)]
struct DescribedParameter {
    name: &'static str,
    about: &'static str,
    kind: &'static str,
    default: Option<PolicyValue>,
}

#[derive(Debug, Serialize)]
struct DescribedRemedy {
    kind: &'static str,
    class: &'static str,
    action: Option<&'static str>,
    undo: Option<&'static str>,
}

impl DescribedRemedy {
    fn of(remedy: &Remedy) -> Self {
        Self {
            kind: remedy.kind.word(),
            class: remedy.class.word(),
            action: Some(remedy.action).filter(|action| !action.is_empty()),
            undo: Some(remedy.undo).filter(|undo| !undo.is_empty()),
        }
    }
}

pub(super) fn described(control: &Control) -> Described {
    let (kind, class) = remedy_words(Some(control));
    let none = DescribedRemedy {
        kind,
        class,
        action: None,
        undo: None,
    };
    Described {
        id: control.id,
        title: control.title,
        area: control.area.word(),
        severity: control.severity,
        set: control.set.word(),
        references: references(control),
        practices: control.practices.iter().map(|n| format!("S{n}")).collect(),
        cis: (control.cis.iter())
            .map(|cis| DescribedCis {
                v18: cis.v18,
                v16: cis.v16,
                level: cis.level,
            })
            .collect(),
        frameworks: Framework::ALL
            .into_iter()
            .map(|framework| (framework.name(), framework.numbers(control)))
            .filter(|(_, numbers)| !numbers.is_empty())
            .collect(),
        why: control.why,
        evidence: control.evidence,
        passes: control.passes,
        momentary: control.momentary,
        needs: control.needs,
        parameters: control.parameters.iter().map(parameter).collect(),
        remedy: control.remedies.first().map_or(none, DescribedRemedy::of),
        alternatives: (control.remedies.iter().skip(1))
            .map(DescribedRemedy::of)
            .collect(),
    }
}

fn parameter(parameter: &Parameter) -> DescribedParameter {
    DescribedParameter {
        name: parameter.name,
        about: parameter.about,
        kind: parameter.default.kind().word(),
        default: parameter.default.value(),
    }
}

pub(super) fn by_area(
    catalogue: &Catalogue,
) -> impl Iterator<Item = (Area, Vec<&'static Control>)> {
    Area::ALL.into_iter().filter_map(|area| {
        let controls: Vec<_> = (catalogue.all().iter().copied())
            .filter(|control| control.area == area)
            .collect();
        (!controls.is_empty()).then_some((area, controls))
    })
}

fn text(catalogue: &Catalogue, style: &Style) -> String {
    let palette = style.palette;
    let ids = (catalogue.all().iter().map(|c| c.id.len()))
        .max()
        .unwrap_or_default();
    // Indent, severity with its mark, set.
    let left = 2 + 8 + ids + 2;
    let mut out = String::new();
    for (area, controls) in by_area(catalogue) {
        out.push_str(&palette.paint(palette.strong, area.word()));
        out.push('\n');
        for control in controls {
            let severity = format!(
                "{:<2} {:<4}",
                style::mark(control.severity),
                style::word(control.severity)
            );
            let severity = palette.paint(palette.severity(control.severity), &severity);
            let mut head = format!("  {severity} {:<ids$}  ", control.id);
            for line in style::wrap(control.title, style.width.saturating_sub(left).max(20)) {
                out.push_str(&head);
                out.push_str(&line);
                out.push('\n');
                head = " ".repeat(left);
            }
        }
    }
    let count = catalogue.all().len();
    // Writing to a string cannot fail.
    let _infallible = writeln!(
        out,
        "\n{count} controls. One of them in full: plimsoll explain ID"
    );
    out
}
