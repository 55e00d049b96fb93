//! Plans and operations as text.

use std::fmt::Write as _;

use super::style::Style;
use crate::domain::plan::{BlastRadius, HostPlan, PlannedStep, Unplanned};

/// One host's plan: every step with its diff and its commands, what others feel of it, and what is left out.
pub fn text(plan: &HostPlan, style: &Style) -> String {
    let mut page = Page {
        style,
        out: String::new(),
    };
    let paint = &style.palette;
    let name = paint.paint(paint.strong, &style.clean(&plan.host));
    page.line(
        0,
        &format!(
            "{name}  {}, class {}, risk {}",
            counted(plan.steps.len(), "step"),
            plan.weight.class.word(),
            plan.weight.risk.word()
        ),
    );
    for (at, step) in plan.steps.iter().enumerate() {
        page.step(at + 1, step);
    }
    if !plan.steps.is_empty() {
        page.blast(&plan.weight.blast);
    }
    for left in &plan.unplanned {
        page.left(left);
    }
    page.out
}

/// `1 step`, `2 steps`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

struct Page<'a> {
    style: &'a Style,
    out: String,
}

impl Page<'_> {
    /// A line of our own, perhaps painted.
    fn line(&mut self, indent: usize, line: &str) {
        // Writing to a string cannot fail.
        let _infallible = writeln!(self.out, "{:indent$}{line}", "");
    }

    /// A line with words from outside. Not wrapped: commands and paths are to be copied.
    fn words(&mut self, indent: usize, line: &str) {
        let line = self.style.clean(line);
        self.line(indent, &line);
    }

    fn step(&mut self, number: usize, step: &PlannedStep) {
        self.words(2, &format!("{number}. {}", step.text.title));
        for target in &step.targets {
            self.words(5, &format!("for {} on {}", target.control, target.subject));
        }
        for line in &step.text.diff {
            self.words(5, line);
        }
        for command in &step.text.commands {
            self.words(5, &format!("$ {command}"));
        }
        self.words(5, &format!("back: {}", step.text.undo));
    }

    fn blast(&mut self, blast: &BlastRadius) {
        let mut told = |what: &str, list: &[String]| {
            let list = if list.is_empty() {
                "none".to_owned()
            } else {
                list.join("; ")
            };
            self.words(2, &format!("{what}: {list}"));
        };
        told("containers stopped", &blast.containers_stopped);
        told("ports closed", &blast.ports_closed);
        told("losing access", &blast.losing_access);
        told("not undone", &blast.not_undone);
    }

    fn left(&mut self, left: &Unplanned) {
        self.words(
            2,
            &format!(
                "no step for {} on {}: {}",
                left.target.control, left.target.subject, left.because
            ),
        );
        if !left.instead.is_empty() {
            self.words(5, &format!("instead: {}", left.instead));
        }
    }
}
