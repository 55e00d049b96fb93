//! One control in full, for people.

use super::catalogue::{Catalogue, frameworks};
use super::style::{self, Style};
use crate::domain::control::{Cis, Control, Parameter, Preset, Remedy, RemedyKind};
use crate::domain::policy::PolicyValue;

/// Columns of the words on the left.
const LEFT: usize = 12;

/// Everything about `control`, ending with a line end.
pub fn explain(catalogue: &Catalogue, control: &Control, style: &Style) -> String {
    let palette = style.palette;
    let mut page = Page {
        style,
        out: String::new(),
    };
    let severity = format!(
        "{} {}",
        style::mark(control.severity),
        control.severity.word()
    );
    page.plain(&palette.paint(palette.strong, control.id));
    for line in style::wrap(control.title, style.width) {
        page.plain(&line);
    }
    page.plain("");
    page.item("severity", &severity, palette.severity(control.severity));
    page.entry(
        "belongs to",
        &format!("area {}, set {}", control.area.word(), control.set.word()),
    );
    let answers = answers(control);
    if !answers.is_empty() {
        page.entry("answers", &answers);
    }
    for (place, framework) in frameworks(control).iter().enumerate() {
        page.entry(if place == 0 { "helps with" } else { "" }, framework);
    }
    if control.momentary {
        page.entry(
            "counts",
            "a momentary state: shown, but neither scored nor able to fail a sweep",
        );
    }
    page.section("why", control.why);
    page.section("reads", control.evidence);
    page.section("passes", control.passes);
    if !control.needs.is_empty() {
        let needs: Vec<_> = (control.needs.iter())
            .map(|id| match catalogue.get(id) {
                Some(needed) => format!("{id} ({})", needed.title),
                None => (*id).to_owned(),
            })
            .collect();
        page.section(
            "needs",
            &format!("{}; blocked where that fails", needs.join(", ")),
        );
    }
    if !control.parameters.is_empty() {
        page.plain("");
        page.plain(&palette.paint(palette.strong, "Parameters, set under [policy]"));
        for parameter in control.parameters {
            page.entry("", &setting(parameter));
            page.entry("", parameter.about);
        }
    }
    page.plain("");
    page.plain(&palette.paint(palette.strong, "Remedy"));
    if control.remedies.is_empty() {
        page.entry("", "none: there is nothing to change on the host");
    }
    for (place, remedy) in control.remedies.iter().enumerate() {
        page.remedy(place, remedy);
    }
    page.out
}

/// Benchmark numbers with their levels, and practices.
fn answers(control: &Control) -> String {
    let mut parts = Vec::new();
    for Cis { v18, v16, level } in control.cis {
        parts.push(match v16 {
            Some(v16) => format!("CIS Docker 1.8.0 {v18}, 1.6.0 {v16} (level {level})"),
            None => format!("CIS Docker 1.8.0 {v18} (level {level})"),
        });
    }
    parts.extend(control.practices.iter().map(|n| format!("practice S{n}")));
    parts.join(", ")
}

/// `docker_users = ["deploy"]`, the way an inventory would say it.
fn setting(parameter: &Parameter) -> String {
    let name = parameter.name;
    match parameter.default {
        Preset::Unset(kind) => format!("{name}: {}, not set", kind.word()),
        preset => match preset.value() {
            Some(value) => format!("{name} = {} (default)", shown(&value)),
            None => name.to_owned(),
        },
    }
}

/// A value as an inventory writes it: JSON and TOML agree on these four kinds.
pub(super) fn shown(value: &PolicyValue) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

struct Page<'a> {
    style: &'a Style,
    out: String,
}

impl Page<'_> {
    fn plain(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn section(&mut self, word: &str, text: &str) {
        if !text.is_empty() {
            self.plain("");
            self.entry(word, text);
        }
    }

    fn entry(&mut self, word: &str, text: &str) {
        self.item(word, text, "");
    }

    fn item(&mut self, word: &str, text: &str, sequence: &str) {
        let palette = self.style.palette;
        let mut head = palette.paint(palette.faint, &format!("{word:<LEFT$}"));
        for line in style::wrap(text, self.style.width.saturating_sub(LEFT)) {
            let line = palette.paint(sequence, &line);
            self.plain(&format!("{head}{line}"));
            head = " ".repeat(LEFT);
        }
    }

    fn remedy(&mut self, place: usize, remedy: &Remedy) {
        let who = match remedy.kind {
            RemedyKind::Auto => "plimsoll can do it",
            RemedyKind::Guide => "by hand",
        };
        let which = if place == 0 { "recommended" } else { "or" };
        let class = remedy.class.word();
        self.entry(which, &format!("{who}; {class}: {}", remedy.action));
        if remedy.undo.is_empty() {
            self.entry("", "cannot be taken back");
        } else {
            self.entry("", &format!("taken back by: {}", remedy.undo));
        }
    }
}
