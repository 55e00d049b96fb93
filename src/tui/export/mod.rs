//! What is shown, as a table for other programs: the lines of the list in their order, all of them, with their values
//! whole.

mod rows;

use serde_json::{Map, Value};

use crate::domain::text::clean_whole;

use super::action::Action;
use super::effect::Effect;
use super::model::Model;

/// Heads and rows of the list shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What the list is, for the name of the file.
    pub name: &'static str,
    /// The names of the columns.
    pub heads: Vec<&'static str>,
    /// The cells.
    pub rows: Vec<Vec<String>>,
}

/// Exports what is shown in the form that `action` names, and closes the choice.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    model.overlay = None;
    let table = rows::table(model);
    if table.rows.is_empty() {
        model.tell("nothing is shown that could be exported");
        return Vec::new();
    }
    let (ending, text) = match action {
        Action::ExportCsv => ("csv", csv(&table)),
        Action::ExportMarkdown => ("md", markdown(&table)),
        _ => ("json", json(&table)),
    };
    let second = model.now.div_euclid(1_000);
    vec![Effect::Export {
        name: format!("plimsoll-{}-{second}.{ending}", table.name),
        text,
    }]
}

/// Text for one cell: cleaned, but not cut.
fn whole(text: &str) -> String {
    clean_whole(text)
}

/// Comma-separated, every cell between quotes; one that a spreadsheet would calculate gets an apostrophe in front.
fn csv(table: &Table) -> String {
    let cell = |text: &str| {
        let text = whole(text);
        let formula = text.split(';').any(|part| {
            part.trim_start_matches([' ', '"', '\''])
                .starts_with(FORMULAS)
        });
        let guard = if formula { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    };
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let mut out = line(table.heads.iter().map(|head| cell(head)).collect());
    for row in &table.rows {
        out.push_str(&line(row.iter().map(|text| cell(text)).collect()));
    }
    out
}

/// What a formula may start with, the full-width forms included.
const FORMULAS: [char; 8] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

fn json(table: &Table) -> String {
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| {
            let cells = table.heads.iter().zip(row);
            let cells = cells.map(|(head, text)| ((*head).to_owned(), whole(text).into()));
            Value::Object(cells.collect::<Map<_, _>>())
        })
        .collect();
    format!("{:#}\n", Value::Array(rows))
}

fn markdown(table: &Table) -> String {
    let cell = |text: &str| {
        let mut out = String::new();
        for c in whole(text).chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '&' => out.push_str("&amp;"),
                '|' | '`' | '*' | '_' | '[' | ']' | '\\' => out.extend(['\\', c]),
                c => out.push(c),
            }
        }
        out
    };
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(table.heads.iter().map(|head| cell(head)).collect());
    out.push_str(&line(vec!["---".to_owned(); table.heads.len()]));
    for row in &table.rows {
        out.push_str(&line(row.iter().map(|text| cell(text)).collect()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Table, csv, json, markdown};

    fn table() -> Table {
        Table {
            name: "fleet",
            heads: vec!["host", "said"],
            rows: vec![vec!["a\"b".into(), "=cmd|' /C calc'!A0\u{1b}[2J".into()]],
        }
    }

    #[test]
    fn what_a_host_says_stays_text_in_every_form() {
        let csv = csv(&table());
        assert!(csv.contains("\"a\"\"b\",\"'=cmd|"), "{csv}");
        let json: serde_json::Value = serde_json::from_str(&json(&table())).unwrap();
        assert_eq!(json[0]["host"], "a\"b");
        let markdown = markdown(&table());
        assert!(markdown.contains("=cmd\\|"), "{markdown}");
        assert!([csv, markdown].iter().all(|text| !text.contains('\u{1b}')));
    }
}
