//! The list of hosts: its order, its filter, its cursor.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::domain::event::{HostIndex, HostState};
use crate::domain::filter::RowFacts;
use crate::domain::severity::Severity;
use crate::domain::text::width;

use super::super::action::Action;
use super::super::cursor::{Cursor, Step};
use super::super::effect::Effect;
use super::super::fleet::{Fleet, Host, Row, Work};
use super::super::model::{Filtering, Model};
use super::super::totals::Totals;
use super::super::words;

/// What the list of hosts can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the words say it all")]
pub enum FleetSort {
    #[default]
    Worst,
    Name,
    Group,
    Score,
    Coverage,
    Unknown,
    Age,
    Engine,
    Containers,
    State,
}

impl FleetSort {
    /// All of them in the order of the picker.
    pub const ALL: [Self; 10] = [
        Self::Worst,
        Self::Name,
        Self::Group,
        Self::Score,
        Self::Coverage,
        Self::Unknown,
        Self::Age,
        Self::Engine,
        Self::Containers,
        Self::State,
    ];

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Worst => "worst first",
            Self::Name => "name",
            Self::Group => "group",
            Self::Score => "score",
            Self::Coverage => "coverage",
            Self::Unknown => "most unknown",
            Self::Age => "oldest first",
            Self::Engine => "engine",
            Self::Containers => "most containers",
            Self::State => "state",
        }
    }
}

/// Widest text of each column whose width follows its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Widths {
    /// Host name.
    pub host: usize,
    /// Groups.
    pub group: usize,
    /// The way to the host.
    pub via: usize,
    /// Engine version.
    pub engine: usize,
    /// What came and went; 0 where nothing did.
    pub change: usize,
}

/// The list of hosts.
#[derive(Debug, Default)]
pub struct FleetList {
    /// Positions of the hosts shown, in order.
    pub order: Vec<HostIndex>,
    /// Where the person is.
    pub cursor: Cursor,
    /// What it is sorted by.
    pub sort: FleetSort,
    /// Whether the order is turned round.
    pub reverse: bool,
    /// What is shown.
    pub filter: Filtering,
    /// Whether clean hosts are hidden.
    pub problems: bool,
    /// The host that was marked last, from which a range goes.
    pub anchor: Option<HostIndex>,
    /// Marked hosts.
    pub marks: BTreeSet<HostIndex>,
    /// Whether the person has moved; until then the cursor stays on top, where the worst is.
    pub moved: bool,
    /// Column widths.
    pub widths: Widths,
}

impl FleetList {
    /// The host under the cursor.
    pub fn selected(&self) -> Option<HostIndex> {
        self.order.get(self.cursor.at).copied()
    }
}

/// Sorts and filters anew. The selected host stays selected, and on its line where that is possible.
pub fn arrange(model: &mut Model) {
    let selected = model.list.selected();
    let list = &model.list;
    let mut order: Vec<HostIndex> = model
        .fleet
        .hosts
        .iter()
        .enumerate()
        .filter(|(_, host)| passes(host, &list.filter, list.problems))
        .map(|(index, _)| index)
        .collect();
    sort(&mut order, &model.fleet, list.sort, list.reverse);
    let widths = measure(&model.fleet);
    let list = &mut model.list;
    list.order = order;
    list.widths = widths;
    let kept = selected
        .filter(|_| list.moved)
        .and_then(|selected| list.order.iter().position(|index| *index == selected));
    match kept {
        Some(position) => list.cursor.follow(position),
        None if list.moved => {}
        None => list.cursor = Cursor::default(),
    }
    model.totals = Totals::of(&model.fleet);
    model.behind = false;
    fit(model);
}

/// Keeps the cursor inside the list and the window.
pub fn fit(model: &mut Model) {
    let seen = usize::from(model.layout().rows.height);
    let length = model.list.order.len();
    model.list.cursor.fit(length, seen);
}

fn passes(host: &Host, filter: &Filtering, problems: bool) -> bool {
    let clean = !host.is_busy()
        && host.failure.is_none()
        && host
            .result
            .as_ref()
            .is_some_and(super::super::fleet::Summary::is_clean);
    if problems && clean {
        return false;
    }
    if filter.filter.is_empty() {
        return true;
    }
    let rows: Vec<RowFacts<'_>> = host.result.as_ref().map_or_else(Vec::new, |result| {
        result
            .rows
            .iter()
            .filter(|row| row.result.is_finding())
            .map(Row::facts)
            .collect()
    });
    host.candidate(|candidate| filter.filter.host(candidate, &rows))
}

fn sort(order: &mut [HostIndex], fleet: &Fleet, by: FleetSort, reverse: bool) {
    let host = |index: &HostIndex| fleet.hosts.get(*index);
    let result = |index: &HostIndex| host(index).and_then(|host| host.result.as_ref());
    match by {
        FleetSort::Worst => order.sort_by_cached_key(|index| host(index).map(rank)),
        FleetSort::Name => order.sort_by_cached_key(|index| host(index).map(|h| &h.header.name)),
        FleetSort::Group => order.sort_by_cached_key(|index| host(index).map(|h| &h.header.groups)),
        FleetSort::Score => order.sort_by_cached_key(|index| {
            let score = result(index).and_then(|result| result.posture.score);
            (score.is_none(), score)
        }),
        FleetSort::Coverage => order.sort_by(|a, b| {
            let key = |index| {
                result(index)
                    .and_then(|result| result.posture.coverage)
                    .unwrap_or(-1.0)
            };
            key(a).total_cmp(&key(b))
        }),
        FleetSort::Unknown => order.sort_by_cached_key(|index| {
            Reverse(result(index).map(super::super::fleet::Summary::unknown))
        }),
        FleetSort::Age => {
            order.sort_by_cached_key(|index| result(index).map(|result| result.read_at));
        }
        FleetSort::Engine => order.sort_by_cached_key(|index| {
            result(index).and_then(|result| {
                let engine = result.engine.as_ref()?;
                let numbers: Vec<u64> = engine
                    .version
                    .split(|c: char| !c.is_ascii_digit())
                    .filter_map(|part| part.parse().ok())
                    .collect();
                Some((engine.name.clone(), numbers))
            })
        }),
        FleetSort::Containers => order.sort_by_cached_key(|index| {
            Reverse(result(index).and_then(|result| result.containers))
        }),
        FleetSort::State => order.sort_by_cached_key(|index| {
            host(index).map(|host| host.state_words().first().copied().unwrap_or("waiting"))
        }),
    }
    if reverse {
        order.reverse();
    }
}

/// Worst first: findings by severity and number, then hosts that could not be read, then those with open questions,
/// then those being read, then the clean ones.
fn rank(host: &Host) -> (u8, Reverse<Vec<u32>>) {
    let counts = |result: &super::super::fleet::Summary| {
        let mut counts: Vec<u32> = Severity::ALL
            .into_iter()
            .filter(|severity| *severity != Severity::Info)
            .map(|severity| result.posture.count(severity))
            .collect();
        counts.push(result.unknown());
        counts
    };
    let Some(result) = &host.result else {
        let place = match host.work {
            Work::Idle if host.failure.is_some() => 4,
            Work::At(..) => 6,
            Work::Queued => 7,
            Work::Idle => 8,
        };
        return (place, Reverse(Vec::new()));
    };
    let place = match result.posture.worst() {
        Some(Severity::Critical) => 0,
        Some(Severity::High) => 1,
        Some(Severity::Medium) => 2,
        Some(Severity::Low) => 3,
        _ if host.failure.is_some() => 4,
        _ if result.state == HostState::Partial || result.unknown() > 0 => 5,
        _ => 9,
    };
    (place, Reverse(counts(result)))
}

fn measure(fleet: &Fleet) -> Widths {
    let mut widths = Widths::default();
    for host in &fleet.hosts {
        widths.host = widths.host.max(width(&host.header.name));
        widths.group = widths.group.max(width(&words::groups(&host.header)));
        widths.via = widths.via.max(width(&words::via(&host.header)));
        widths.change = widths.change.max(width(&host.change.words()));
        let engine = host
            .result
            .as_ref()
            .and_then(|result| result.engine.as_ref());
        widths.engine = widths
            .engine
            .max(engine.map_or(0, |engine| width(&engine.version)));
    }
    widths
}

/// Does `action` on the list of hosts.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Enter => {
            if let Some(index) = model.list.selected() {
                return super::host::open(model, index);
            }
        }
        Action::Mark => {
            if let Some(index) = model.list.selected() {
                if !model.list.marks.remove(&index) {
                    model.list.marks.insert(index);
                }
                model.list.anchor = Some(index);
                travel(model, Step::By(1));
            }
        }
        Action::MarkAll => {
            let shown: BTreeSet<_> = model.list.order.iter().copied().collect();
            if shown.is_subset(&model.list.marks) {
                model.list.marks.clear();
            } else {
                model.list.marks.extend(shown);
            }
        }
        Action::MarkRange => mark_range(model),
        Action::Pivot => super::causes::open(model),
        Action::Reverse => {
            model.list.reverse = !model.list.reverse;
            arrange(model);
        }
        Action::Problems => {
            model.list.problems = !model.list.problems;
            arrange(model);
        }
        _ => {}
    }
    Vec::new()
}

/// Marks every host from the one that was marked last to the one under the cursor.
fn mark_range(model: &mut Model) {
    let list = &mut model.list;
    let from = list
        .anchor
        .and_then(|anchor| list.order.iter().position(|index| *index == anchor));
    let (at, from) = (list.cursor.at, from.unwrap_or(list.cursor.at));
    let (start, end) = (at.min(from), at.max(from));
    let range = list.order.iter().skip(start).take(end + 1 - start);
    list.marks.extend(range.copied());
    list.anchor = list.selected();
}

/// Moves the cursor.
pub fn travel(model: &mut Model, step: Step) {
    let seen = usize::from(model.layout().rows.height);
    let length = model.list.order.len();
    model.list.moved = true;
    model.list.cursor.step(step, length, seen);
}
