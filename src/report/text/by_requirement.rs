//! The report requirement by requirement: practices, or numbers of published frameworks. What fails is named with its
//! hosts; what is observed there is told by the other groupings.

use std::collections::{BTreeMap, BTreeSet};

use super::Ended;
use super::by_control::{FLEET, Row};
use super::by_host::HEAD;
use super::page::{Page, count, join};
use crate::controls::frameworks::{Framework, order};
use crate::domain::control::Control;
use crate::domain::nodeset;
use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;
use crate::report::style;

/// One requirement: the place and the name of what it belongs to, and its number.
type Requirement = (usize, &'static str, String);

/// What controls say of one requirement.
#[derive(Default)]
struct Answer<'a> {
    /// Hosts by failing control, with the worst severity there.
    failing: BTreeMap<(Severity, &'static str), BTreeSet<&'a str>>,
    standings: BTreeMap<&'static str, Standing>,
}

/// What a control says over all hosts; the first one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Fails,
    Open,
    Waived,
    Passes,
    NotApplicable,
}

impl Ended<'_> {
    pub(super) fn by_practice(&self, page: &mut Page<'_>) {
        self.by_requirement(page, |control| {
            let practices = control.practices.iter();
            practices
                .map(|number| (0, "practice", format!("S{number}")))
                .collect()
        });
    }

    pub(super) fn by_framework(&self, page: &mut Page<'_>) {
        self.by_requirement(page, |control| {
            let numbers = |(place, framework): (usize, Framework)| {
                let numbers = framework.numbers(control).into_iter();
                numbers.map(move |number| (place, framework.name(), number.to_owned()))
            };
            let frameworks = Framework::ALL.into_iter().enumerate();
            frameworks.flat_map(numbers).collect()
        });
    }

    fn by_requirement(&self, page: &mut Page<'_>, of: impl Fn(&Control) -> Vec<Requirement>) {
        let rows = self.rows();
        let mut answers: BTreeMap<Requirement, Answer<'_>> = BTreeMap::new();
        let mut known: BTreeMap<&str, Vec<Requirement>> = BTreeMap::new();
        for row in &rows {
            let requirements = known.entry(row.1.control).or_insert_with(|| {
                let control = self.setting.catalogue.get(row.1.control);
                control.map(&of).unwrap_or_default()
            });
            for requirement in requirements.iter() {
                answers.entry(requirement.clone()).or_default().add(row);
            }
        }
        let mut groups: BTreeMap<(usize, &str), Vec<(String, Answer<'_>)>> = BTreeMap::new();
        for ((place, name, number), answer) in answers {
            let group = groups.entry((place, name)).or_default();
            group.push((number, answer));
        }
        for ((_, name), mut answers) in groups {
            answers.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
            page.gap();
            page.heading(name, &overview(&answers));
            for (number, answer) in &answers {
                answer.line(page, number);
            }
        }
        self.host_table(page);
    }
}

/// `3 requirements not met, 2 open, 20 met`.
fn overview(answers: &[(String, Answer<'_>)]) -> String {
    let with = |standing: Standing| {
        let same = answers
            .iter()
            .filter(|(_, answer)| answer.standing() == standing);
        same.count()
    };
    let part = |standing, word: &str| match with(standing) {
        0 => String::new(),
        number => format!("{number} {word}"),
    };
    join(
        &[
            part(Standing::Fails, "not met"),
            part(Standing::Open, "open"),
            part(Standing::Waived, "waived"),
            part(Standing::Passes, "met as far as they are judged here"),
            part(Standing::NotApplicable, "not applicable"),
        ],
        ", ",
    )
}

impl<'a> Answer<'a> {
    fn add(&mut self, (host, row): &Row<'a>) {
        let standing = match row.outcome {
            Outcome::Fail => Standing::Fails,
            Outcome::NotChecked | Outcome::Blocked | Outcome::Manual => Standing::Open,
            Outcome::Waived => Standing::Waived,
            Outcome::Pass => Standing::Passes,
            Outcome::NotApplicable => Standing::NotApplicable,
        };
        let worst = self.standings.entry(row.control).or_insert(standing);
        *worst = (*worst).min(standing);
        if standing == Standing::Fails {
            let hosts = self.failing.entry((row.severity, row.control)).or_default();
            hosts.insert(host);
        }
    }

    fn standing(&self) -> Standing {
        let worst = self.standings.values().min().copied();
        worst.unwrap_or(Standing::NotApplicable)
    }

    fn line(&self, page: &mut Page<'_>, number: &str) {
        let palette = page.style.palette;
        let worst = self.failing.keys().next().map(|(severity, _)| *severity);
        let (mark, word, sequence) = match (self.standing(), worst) {
            (Standing::Fails, Some(worst)) => (
                style::mark(worst),
                style::word(worst),
                palette.severity(worst),
            ),
            (Standing::Fails | Standing::Open, _) => ("?", "OPEN", palette.unknown),
            (Standing::Waived, _) => ("w", "WAIV", palette.faint),
            (Standing::Passes, _) => ("+", "PASS", palette.good),
            (Standing::NotApplicable, _) => ("-", "N/A", palette.faint),
        };
        let head = palette.paint(sequence, &format!("  {mark:<2} {word:<4} "));
        page.beside(&head, HEAD, &format!("{number}: {}", self.words()), "");
        // A control whose severity differs from host to host is one control.
        let mut failing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for ((_, control), hosts) in &self.failing {
            failing.entry(control).or_default().extend(hosts);
        }
        for (control, hosts) in failing {
            let hosts: Vec<&str> = hosts.into_iter().collect();
            let places = match hosts.as_slice() {
                [FLEET] => String::new(),
                hosts => format!(" on {}", nodeset::fold(hosts)),
            };
            page.text(HEAD, &format!("{control}{places}"));
        }
    }

    /// `1 of 4 controls fails, 2 pass, 1 open`.
    fn words(&self) -> String {
        let with = |standing: Standing| self.standings.values().filter(|s| **s == standing).count();
        let part = |standing, word: &str| match with(standing) {
            0 => String::new(),
            number => format!("{number} {word}"),
        };
        let parts = join(
            &[
                part(Standing::Fails, "failing"),
                part(Standing::Open, "open"),
                part(Standing::Waived, "waived"),
                part(Standing::Passes, "passing"),
                part(Standing::NotApplicable, "not applicable"),
            ],
            ", ",
        );
        format!("{}: {parts}", count(self.standings.len(), "control"))
    }
}
