//! Asking before something is changed. No is the answer of silence, of a closed input and of everything unclear.

use std::io::{self, IsTerminal as _, Write as _};

use super::out;
use crate::domain::plan::{HostPlan, Risk};
use crate::inventory::spec::{Confirm, HostSpec};
use crate::remedy::guard;

/// What is to be agreed to.
pub(super) struct Asked<'a> {
    pub(super) plans: &'a [(&'a HostSpec, &'a HostPlan)],
    /// `--yes`.
    pub(super) yes: bool,
    /// `--accept-risk`.
    pub(super) accepted: Option<Risk>,
}

/// Whether a person agrees to the plans; else why not.
pub(super) fn apply(asked: &Asked<'_>) -> Result<(), String> {
    let typed = asked
        .plans
        .iter()
        .find(|(spec, plan)| guard::confirmation(spec, plan.weight.risk) == Confirm::TypeHost);
    if asked.yes {
        let risk = asked.plans.iter().map(|(_, plan)| plan.weight.risk).max();
        let risk = risk.unwrap_or(Risk::Low);
        if !guard::covered_by_yes(risk, asked.accepted) {
            return Err(format!(
                "refused: the risk is {}, and --yes alone covers low and medium (--accept-risk high)",
                risk.word()
            ));
        }
        return match typed {
            Some((spec, _)) if spec.guardrails.confirm == Some(Confirm::TypeHost) => Err(format!(
                "refused: the guardrails of {} ask for its name to be typed{}",
                spec.header.name,
                spec.guardrails
                    .reason
                    .as_ref()
                    .map(|reason| format!(" ({reason})"))
                    .unwrap_or_default()
            )),
            _ => Ok(()),
        };
    }
    let (question, answer) = match (typed, asked.plans) {
        (None, plans) => (
            format!("Apply to {} host(s)? Type yes: ", plans.len()),
            "yes".to_owned(),
        ),
        (Some(_), [(spec, _)]) => (
            format!("Apply to {0}? Type its name: ", spec.header.name),
            spec.header.name.clone(),
        ),
        (Some(_), plans) => (
            format!("Apply to {0} hosts? Type their number: ", plans.len()),
            plans.len().to_string(),
        ),
    };
    ask(&question, &answer)
}

/// Whether the answer to `question` is `answer`.
pub(super) fn ask(question: &str, answer: &str) -> Result<(), String> {
    if !io::stdin().is_terminal() {
        return Err("refused: nobody can be asked; --yes agrees beforehand".to_owned());
    }
    let mut err = out::stderr();
    let mut said = String::new();
    let heard = write!(err, "{question}")
        .and_then(|()| err.flush())
        .and_then(|()| io::stdin().read_line(&mut said));
    match heard {
        Ok(1..) if said.trim() == answer => Ok(()),
        _ => Err("declined".to_owned()),
    }
}
