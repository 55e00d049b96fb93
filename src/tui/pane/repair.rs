//! A repair as text: what would be done, what others feel of it, how it is agreed to, and what came of it.

use crate::domain::plan::{BlastRadius, HostPlan, StepText};
use crate::domain::repair::{Agree, Offer, Offered, Proposal, RepairEnd, Undo};

use super::super::line::{Line, labelled, paragraph};
use super::super::screen::repair::{Repair, Stage};
use super::super::theme::Role;
use super::super::words::count;

/// What stands above the text.
pub fn title(repair: &Repair) -> String {
    let what = match &repair.stage {
        Stage::Asked => "plan",
        Stage::Proposed(Proposal::Nothing { .. }) => "no plan",
        Stage::Proposed(Proposal::Offer(offer)) => match offer.what {
            Offered::Change(_) => "plan",
            Offered::Undo(_) => "way back",
        },
        Stage::Doing(_) => "under way",
        Stage::Ended(..) => "result",
    };
    format!("{} > {what}", repair.name)
}

/// All of it.
pub fn lines(repair: &Repair, columns: usize) -> Vec<Line> {
    let mut page = Page {
        columns,
        lines: Vec::new(),
    };
    match &repair.stage {
        Stage::Asked => page.say(Role::Muted, "The plan is being made; nothing is changed."),
        Stage::Proposed(Proposal::Nothing { because, instead }) => {
            page.say(Role::Strong, "Nothing can be done with a key here.");
            page.label("Because", Role::Text, because);
            page.label("By hand", Role::Text, instead);
        }
        Stage::Proposed(Proposal::Offer(offer)) => page.offer(repair, offer),
        Stage::Doing(done) => {
            page.done(done);
            page.say(
                Role::Muted,
                "Ctrl-C stops before the next step and takes back what was done.",
            );
        }
        Stage::Ended(done, end) => {
            page.end(end);
            page.blank();
            page.done(done);
        }
    }
    page.lines
}

struct Page {
    columns: usize,
    lines: Vec<Line>,
}

impl Page {
    fn say(&mut self, role: Role, text: &str) {
        self.lines.extend(paragraph(role, text, self.columns, 0));
    }

    fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    /// A label and its text; nothing where there is no text.
    fn label(&mut self, label: &str, role: Role, text: &str) {
        if !text.is_empty() {
            self.lines.extend(labelled(label, role, text, self.columns));
        }
    }

    fn offer(&mut self, repair: &Repair, offer: &Offer) {
        match &offer.what {
            Offered::Change(plan) => self.head(repair, offer, "changed", plan.steps.len()),
            Offered::Undo(undo) => self.head(repair, offer, "taken back", undo.steps.len()),
        }
        self.blank();
        match &offer.what {
            Offered::Change(plan) => self.plan(plan),
            Offered::Undo(undo) => self.undo(undo),
        }
    }

    /// What is agreed to and how: first, so that it is seen on the smallest screen.
    fn head(&mut self, repair: &Repair, offer: &Offer, what: &str, steps: usize) {
        let risk = offer.what.risk();
        self.say(
            Role::Strong,
            &format!(
                "{}, risk {}. Nothing has been {what} yet.",
                count(steps, "step"),
                risk.word()
            ),
        );
        match offer.agree {
            Agree::Key => self.say(Role::Text, "a applies it. Enter does nothing here."),
            Agree::StrongKey => self.say(Role::Text, "A applies it. Enter does nothing here."),
            Agree::TypeHost => {
                self.say(
                    Role::Text,
                    &format!("To apply it, type {} and end with Enter:", repair.name),
                );
                self.lines.push(
                    Line::of(Role::Key, "  > ")
                        .and(Role::Strong, &repair.typed)
                        .and(Role::Selected, " "),
                );
            }
        }
        self.label("Asked for", Role::Muted, &offer.reason);
    }

    fn plan(&mut self, plan: &HostPlan) {
        for (at, step) in plan.steps.iter().enumerate() {
            let targets = step
                .targets
                .iter()
                .map(|target| format!("for {} on {}", target.control, target.subject));
            self.step(at + 1, &step.text, targets);
        }
        self.label("Class", Role::Text, plan.weight.class.word());
        self.blast(&plan.weight.blast);
        self.label(
            "Then",
            Role::Text,
            "the host is read anew over a new connection, and the controls judge; whatever goes wrong is taken back",
        );
        for left in &plan.unplanned {
            self.blank();
            self.label(
                "Not in it",
                Role::Text,
                &format!(
                    "{} on {}: {}",
                    left.target.control, left.target.subject, left.because
                ),
            );
            self.label("By hand", Role::Text, &left.instead);
        }
    }

    fn step(&mut self, number: usize, text: &StepText, targets: impl Iterator<Item = String>) {
        self.say(Role::Strong, &format!("{number}. {}", text.title));
        let mut inner = |role, line: &str| {
            self.lines.extend(paragraph(role, line, self.columns, 3));
        };
        for target in targets {
            inner(Role::Muted, &target);
        }
        for line in &text.diff {
            let role = match line.chars().next() {
                Some('-') => Role::Error,
                Some('+') => Role::Pass,
                _ => Role::Text,
            };
            inner(role, line);
        }
        for command in &text.commands {
            inner(Role::Text, &format!("$ {command}"));
        }
        inner(Role::Muted, &format!("back: {}", text.undo));
        self.blank();
    }

    fn blast(&mut self, blast: &BlastRadius) {
        for (label, list) in [
            ("Stops", &blast.containers_stopped),
            ("Closes", &blast.ports_closed),
            ("Loses", &blast.losing_access),
            ("Stays", &blast.not_undone),
        ] {
            let text = match (label, list.is_empty()) {
                ("Stops", true) => "no container".to_owned(),
                ("Closes", true) => "no port".to_owned(),
                ("Loses", true) => "nobody any access".to_owned(),
                ("Stays", true) => "nothing: all of it can be taken back".to_owned(),
                _ => list.join("; "),
            };
            self.label(label, Role::Text, &text);
        }
    }

    fn undo(&mut self, undo: &Undo) {
        self.label("Operation", Role::Text, &undo.operation);
        self.label("Done", Role::Text, &undo.began);
        self.label("By", Role::Text, &undo.who);
        self.blank();
        for (at, step) in undo.steps.iter().enumerate() {
            self.say(
                Role::Strong,
                &format!("{}. back from {}", at + 1, step.title),
            );
            self.lines.extend(paragraph(
                Role::Text,
                &format!("$ {}", step.undo),
                self.columns,
                3,
            ));
        }
        self.blank();
        self.label(
            "Stays",
            Role::Text,
            "whatever somebody changed since: that is told and left alone",
        );
    }

    fn done(&mut self, done: &[String]) {
        for line in done {
            self.lines
                .extend(paragraph(Role::Text, line, self.columns, 1));
        }
        self.blank();
    }

    fn end(&mut self, end: &RepairEnd) {
        let role = if end.well { Role::Pass } else { Role::Error };
        let mut first = end.how.to_owned();
        if let Some(letter) = first.get_mut(..1) {
            letter.make_ascii_uppercase();
        }
        if end.well && end.stands {
            first.push_str(", and the controls confirm it");
        }
        self.say(role, &format!("{first}."));
        self.label("Because", Role::Text, &end.why);
        self.label("Next", Role::Text, &end.hint);
        self.label(
            "Journal",
            Role::Muted,
            end.operation.as_deref().unwrap_or_default(),
        );
        if end.stands {
            self.say(Role::Text, "u takes it back.");
        }
    }
}
