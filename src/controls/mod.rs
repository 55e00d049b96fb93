//! The catalogue: every control as constant data with a pure rule, one file per topic below a folder per area.
//!
//! A rule reads evidence with `?`, so that a gap becomes "not checked" and never a pass. Nothing here knows hosts,
//! transports, profiles, waivers or how rows are shown.

pub mod combine;
mod daemon;
pub mod facts;
pub mod files;
pub mod frameworks;
mod give_back;
mod host;
mod image;
mod operations;
mod os;
mod permissions;
mod prelude;
mod runtime;
mod swarm;

use std::collections::BTreeSet;

use crate::domain::control::{Area, Control, Planner, Remedy, RemedyClass, RemedyKind, Rule};
use crate::domain::evidence::container::Detail;
use crate::domain::place::Place;

/// The controls of one topic.
type Topic = &'static [Control];

/// Every area with its topics, in the order of the catalogue.
pub const FAMILIES: &[(Area, &[Topic])] = &[
    (Area::Os, os::TOPICS),
    (Area::Host, host::TOPICS),
    (Area::Image, image::TOPICS),
    (Area::Runtime, runtime::TOPICS),
    (Area::Daemon, daemon::TOPICS),
    (Area::Permissions, permissions::TOPICS),
    (Area::Swarm, swarm::TOPICS),
    (Area::Operations, operations::TOPICS),
];

/// Every control in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Control> {
    FAMILIES
        .iter()
        .flat_map(|(_, topics)| topics.iter())
        .flat_map(|topic| topic.iter())
}

/// The control called `id`.
pub fn by_id(id: &str) -> Option<&'static Control> {
    all().find(|control| control.id == id)
}

/// Every place whose files some rule looks at, each once: what the probe has to ask for.
pub fn places() -> Vec<Place> {
    let mut places = BTreeSet::new();
    for control in all() {
        places.extend(control.places.iter().copied());
        match control.rule {
            Rule::FileOwner(place, _)
            | Rule::FileMode { place, .. }
            | Rule::AuditWatch(place, _) => {
                places.insert(place);
            }
            _ => {}
        }
    }
    places.into_iter().collect()
}

/// Whether the settings of a container give it the capability `name`, whatever the kernel says of its processes.
pub fn gives_capability(detail: &Detail, name: &str) -> bool {
    runtime::gives_capability(detail, name)
}

/// The value of a container's security option in force: a bare option has the value `true`, a later one wins.
pub fn security_option<'a>(detail: &'a Detail, name: &str) -> Option<&'a str> {
    runtime::security_option(detail, name)
}

/// What the control answers in published benchmarks, as reports quote it.
pub fn references(control: &Control) -> Vec<String> {
    let mut quotes = Vec::new();
    for cis in control.cis {
        quotes.push(format!("CIS Docker 1.8.0 {}", cis.v18));
        if let Some(number) = cis.v16 {
            quotes.push(format!("CIS Docker 1.6.0 {number}"));
        }
    }
    quotes
}

/// A remedy that the program carries out: it has an inverse, and its steps have passed their tests with faults.
const fn auto(
    class: RemedyClass,
    action: &'static str,
    undo: &'static str,
    plan: Planner,
) -> Remedy {
    Remedy {
        kind: RemedyKind::Auto,
        class,
        action,
        undo,
        plan: Some(plan),
    }
}

/// A remedy that a person carries out.
const fn guide(class: RemedyClass, action: &'static str, undo: &'static str) -> Remedy {
    Remedy {
        kind: RemedyKind::Guide,
        class,
        action,
        undo,
        plan: None,
    }
}
