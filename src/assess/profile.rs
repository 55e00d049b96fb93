//! Profiles: which controls are judged, and with which values of their parameters.

use std::collections::BTreeMap;

use crate::domain::control::{Cis, Control, Preset, Set};
use crate::domain::policy::Policy;
use crate::domain::profile::Declared;
use crate::domain::severity::Severity;

/// A profile that comes with the program: a selection of controls with the parameters that it sets.
#[derive(Debug)]
struct Bundled {
    /// The name in inventories and on the command line.
    name: &'static str,
    /// What it is for, in one line.
    about: &'static str,
    select: fn(&Control) -> bool,
    parameters: &'static [(&'static str, Preset)],
}

/// The profile of a sweep where nobody says otherwise.
const RECOMMENDED: Bundled = Bundled {
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
static ALL: &[Bundled] = &[
    RECOMMENDED,
    Bundled {
        name: "essential",
        about: "Takeover and open doors only",
        select: |control| control.severity == Severity::Critical || DOORS.contains(&control.id),
        parameters: &[],
    },
    Bundled {
        name: "hardened",
        about: "Recommended, and what hardened hosts add",
        select: |_| true,
        parameters: &[],
    },
    Bundled {
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
    Bundled {
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
) -> Bundled {
    Bundled {
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

/// A profile: one of the program's, or one that somebody declared over one of these.
#[derive(Debug, Clone)]
pub struct Profile {
    base: Option<&'static Bundled>,
    own: Declared,
}

impl Profile {
    fn bundled(base: &'static Bundled) -> Self {
        Self {
            base: Some(base),
            own: Declared {
                name: base.name.to_owned(),
                about: base.about.to_owned(),
                ..Declared::default()
            },
        }
    }

    /// The name in inventories and on the command line.
    pub fn name(&self) -> &str {
        &self.own.name
    }

    /// What it is for, in one line.
    pub fn about(&self) -> &str {
        &self.own.about
    }

    /// Whether the profile judges `control`.
    pub fn includes(&self, control: &Control) -> bool {
        self.selects(control) && !self.excludes(control)
    }

    /// Controls that it would judge, had they not been taken away on purpose.
    pub fn excluded(&self, control: &Control) -> bool {
        self.selects(control) && self.excludes(control)
    }

    fn selects(&self, control: &Control) -> bool {
        self.base.is_some_and(|base| (base.select)(control))
            || self
                .own
                .include
                .iter()
                .any(|selector| selector.fits(control))
    }

    fn excludes(&self, control: &Control) -> bool {
        self.own
            .exclude
            .iter()
            .any(|selector| selector.fits(control))
    }

    /// The severity that every fail of `control` has, where the profile says so.
    pub fn severity(&self, control: &str) -> Option<Severity> {
        self.own.severity.get(control).copied()
    }

    /// The severities that it changes, by control.
    pub fn severities(&self) -> &BTreeMap<String, Severity> {
        &self.own.severity
    }

    /// The parameters that hold on a host: the inventory's over the profile's over its base's; defaults live with the
    /// controls.
    pub fn policy(&self, inventory: &Policy) -> Policy {
        let mut policy = inventory.clone();
        let own = self.own.parameters.iter();
        let own = own.map(|(name, value)| (name.clone(), value.clone()));
        let base = (self.base.into_iter())
            .flat_map(|base| base.parameters)
            .filter_map(|(name, preset)| Some(((*name).to_owned(), preset.value()?)));
        for (name, value) in own.chain(base) {
            policy.values.entry(name).or_insert(value);
        }
        policy
    }
}

/// All profiles that hosts may be judged by.
#[derive(Debug, Clone)]
pub struct Profiles {
    all: Vec<Profile>,
    /// What judges where a name is unknown.
    fallback: Profile,
}

impl Default for Profiles {
    /// Those of the program.
    fn default() -> Self {
        Self {
            all: ALL.iter().map(Profile::bundled).collect(),
            fallback: Profile::bundled(&RECOMMENDED),
        }
    }
}

impl Profiles {
    /// Adds a declared one. Its base is one of the program's: whoever read it has checked that.
    pub fn add(&mut self, own: Declared) {
        let base = own.base.as_deref();
        self.all.push(Profile {
            base: ALL.iter().find(|bundled| Some(bundled.name) == base),
            own,
        });
    }

    /// The profile called `name`; the default one where there is none.
    pub fn named(&self, name: &str) -> &Profile {
        let found = self.all.iter().find(|profile| profile.name() == name);
        found.unwrap_or(&self.fallback)
    }
}

/// The names of the program's own profiles, the default first.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|profile| profile.name).collect()
}
