//! Profiles: which controls are judged, and with which values of their parameters.

use crate::domain::control::{Cis, Control, Preset, Set};
use crate::domain::policy::Policy;
use crate::domain::severity::Severity;

/// A selection of controls with the parameters that it sets.
#[derive(Debug)]
pub struct Profile {
    /// The name in inventories and on the command line.
    pub name: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
    select: fn(&Control) -> bool,
    parameters: &'static [(&'static str, Preset)],
}

/// The profile of a sweep where nobody says otherwise.
pub const RECOMMENDED: Profile = Profile {
    name: "recommended",
    about: "What every host should meet; the default",
    select: |control| control.set != Set::Hardened,
    parameters: &[],
};

/// Open doors besides what is critical anyway.
const DOORS: &[&str] = &[
    "daemon-tcp-bind",
    "daemon-insecure-registries",
    "daemon-seccomp-profile",
    "perm-docker-sock-owner",
    "perm-containerd-sock-owner",
    "perm-etc-docker-mode",
    "perm-daemon-json-mode",
    "perm-tls-key-owner",
    "run-caps-added",
    "run-host-network",
    "run-host-pid",
    "run-host-ipc",
    "run-masked-paths",
    "run-seccomp",
];

/// What strict readings of the practices and the benchmark ask of the disputed rows.
const STRICT: &[(&str, Preset)] = &[
    ("restart_policies", Preset::List(&["on-failure"])),
    ("restart_max_tries", Preset::Int(5)),
    ("certificate_mode", Preset::Text("0444")),
    ("tls_key_mode", Preset::Text("0400")),
];

/// All profiles, the default first.
pub const ALL: &[Profile] = &[
    RECOMMENDED,
    Profile {
        name: "essential",
        about: "Takeover and open doors only",
        select: |control| control.severity == Severity::Critical || DOORS.contains(&control.id),
        parameters: &[],
    },
    Profile {
        name: "hardened",
        about: "Recommended, and what hardened hosts add",
        select: |_| true,
        parameters: &[],
    },
    Profile {
        name: "practices",
        about: "The forty practices of operation, read strictly",
        select: |control| !control.practices.is_empty(),
        parameters: &[
            ("restart_policies", Preset::List(&["on-failure"])),
            ("restart_max_tries", Preset::Int(5)),
            ("certificate_mode", Preset::Text("0444")),
            ("tls_key_mode", Preset::Text("0400")),
            ("cgroup_parent_mode", Preset::Text("set")),
        ],
    },
    benchmark(
        "cis-1.6",
        "CIS Docker Benchmark 1.6, both levels",
        |control| has(control, in_16, 2),
    ),
    benchmark(
        "cis-1.6-l1",
        "CIS Docker Benchmark 1.6, level 1",
        |control| has(control, in_16, 1),
    ),
    benchmark(
        "cis-1.6-l2",
        "CIS Docker Benchmark 1.6, level 2 with level 1",
        |control| has(control, in_16, 2),
    ),
    benchmark(
        "cis-1.7",
        "CIS Docker Benchmark 1.7, both levels",
        |control| has(control, in_16, 2),
    ),
    benchmark(
        "cis-1.7-l1",
        "CIS Docker Benchmark 1.7, level 1",
        |control| has(control, in_16, 1),
    ),
    benchmark(
        "cis-1.7-l2",
        "CIS Docker Benchmark 1.7, level 2 with level 1",
        |control| has(control, in_16, 2),
    ),
    benchmark(
        "cis-1.8",
        "CIS Docker Benchmark 1.8, both levels",
        |control| has(control, in_18, 2),
    ),
    benchmark(
        "cis-1.8-l1",
        "CIS Docker Benchmark 1.8, level 1",
        |control| has(control, in_18, 1),
    ),
    benchmark(
        "cis-1.8-l2",
        "CIS Docker Benchmark 1.8, level 2 with level 1",
        |control| has(control, in_18, 2),
    ),
    Profile {
        name: "all",
        about: "Every control of the catalogue",
        select: |_| true,
        parameters: &[],
    },
];

const fn benchmark(
    name: &'static str,
    about: &'static str,
    select: fn(&Control) -> bool,
) -> Profile {
    Profile {
        name,
        about,
        select,
        parameters: STRICT,
    }
}

fn in_16(cis: &Cis) -> bool {
    cis.v16.is_some()
}

fn in_18(_: &Cis) -> bool {
    true
}

fn has(control: &Control, edition: fn(&Cis) -> bool, level: u8) -> bool {
    control
        .cis
        .iter()
        .any(|cis| edition(cis) && cis.level <= level)
}

/// The profile called `name`.
pub fn by_name(name: &str) -> Option<&'static Profile> {
    ALL.iter().find(|profile| profile.name == name)
}

/// The names of all profiles, the default first.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|profile| profile.name).collect()
}

impl Profile {
    /// Whether the profile judges `control`.
    pub fn includes(&self, control: &Control) -> bool {
        (self.select)(control)
    }

    /// The parameters that hold on a host: the inventory's over the profile's; defaults live with the controls.
    pub fn policy(&self, inventory: &Policy) -> Policy {
        let mut policy = inventory.clone();
        for (name, preset) in self.parameters {
            if let Some(value) = preset.value() {
                policy.values.entry((*name).to_owned()).or_insert(value);
            }
        }
        policy
    }
}
