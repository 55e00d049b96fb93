//! A case: evidence as patches over a clean host, and what a control must say of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use plimsoll::assess::{Assessor, HostInput};
use plimsoll::collect::answers::Answers;
use plimsoll::collect::decode;
use plimsoll::domain::context::{FleetFacts, SwarmView};
use plimsoll::domain::control::Control;
use plimsoll::domain::evidence::host::HostFacts;
use plimsoll::domain::evidence::{HostEvidence, Source};
use plimsoll::domain::gap::{Gap, GapClass};
use plimsoll::domain::host::{HostHeader, Mode, Transport};
use plimsoll::domain::outcome::ControlResult;
use plimsoll::domain::past::Attestation;
use plimsoll::domain::policy::{Policy, PolicyValue};
use plimsoll::domain::waiver::Waiver;
use plimsoll::redact::Redactor;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::earlier::{self, Earlier};

/// When the evidence was read and judged: 2026-11-20 12:00 UTC.
pub(super) const NOW: i64 = 1_795_176_000_000;

/// The text that takes a member away: TOML has no null.
const REMOVE: &str = "(remove)";
/// The text that stands for null.
const NULL: &str = "(null)";

/// Everything said of one control.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) case: Vec<Case>,
}

/// One case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) outcome: String,
    /// The control, where the file is not named after one.
    pub(super) control: Option<String>,
    /// Text of the daemon's configuration file, read as the probe reads it; patches go on top.
    pub(super) daemon_json: Option<String>,
    /// Only the row of this subject is looked at; else the worst of all rows.
    pub(super) subject: Option<String>,
    /// Part of the observed text, or of the gap's message.
    pub(super) observed: Option<String>,
    /// Effective severity of a fail; left out: the control's own.
    pub(super) severity: Option<String>,
    /// The control that the fail follows from.
    pub(super) caused_by: Option<String>,
    /// Class of the gap.
    pub(super) gap: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) transport: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) insecure: bool,
    /// Overlays of `tests/catalogue/base`, such as `manager`.
    pub(super) base: Vec<String>,
    /// Answers and sections that are missing: `/info`, `host.audit`, `container`, `host`, `engine` …
    pub(super) missing: Vec<String>,
    pub(super) policy: BTreeMap<String, PolicyValue>,
    /// Patches by request path.
    pub(super) engine: BTreeMap<String, Value>,
    pub(super) container: Option<Value>,
    pub(super) listed: Option<Value>,
    pub(super) image: Option<Value>,
    pub(super) info: Option<Value>,
    pub(super) version: Option<Value>,
    /// Patch over the probe's facts.
    pub(super) host: Option<Value>,
    /// Patch over what the probe found.
    pub(super) found: Option<Value>,
    /// Patches over the state of files; `"(absent)"` is a file that is not there.
    pub(super) files: BTreeMap<String, Value>,
    /// Patch over what the kernel says of the container's process.
    pub(super) process: Option<Value>,
    /// Milliseconds after which the engine gave its first answer; below zero: nothing was recorded.
    pub(super) answered_ms: Option<i64>,
    /// Earlier sweeps.
    pub(super) past: Option<Earlier>,
    /// What people stated: control and days ago.
    pub(super) attested: BTreeMap<String, i64>,
    /// The fleet of a control that compares hosts.
    pub(super) fleet: Vec<Compared>,
    pub(super) waivers: Vec<Waiver>,
}

/// A swarm as a manager of the fleet sees it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) leader: Option<String>,
    pub(super) managers: usize,
}

/// A host of a fleet as far as controls compare it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Compared {
    pub(super) name: String,
    pub(super) groups: Vec<String>,
    pub(super) engine_id: Option<String>,
    pub(super) machine_id: Option<String>,
    pub(super) engine_version: Option<String>,
    /// What the engine reports; left out: it was refused.
    pub(super) reported: Option<BTreeMap<String, String>>,
    /// What the daemon was told; left out: the transport cannot tell.
    pub(super) configured: Option<BTreeMap<String, String>>,
    pub(super) swarm: Option<Seen>,
    pub(super) swarm_unknown: bool,
    pub(super) partial: bool,
    pub(super) waived: BTreeMap<String, u32>,
}

pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests")
}

pub(super) fn read(path: &Path) -> File {
    let text = fs::read_to_string(path).unwrap();
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn base(name: &str) -> Value {
    static READ: Mutex<BTreeMap<String, Value>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap();
    read.entry(name.to_owned())
        .or_insert_with(|| {
            let path = folder().join("catalogue/base").join(name);
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
        })
        .clone()
}

/// The clean host's answers.
pub(super) fn clean_engine() -> Map<String, Value> {
    base("engine.json").as_object().unwrap().clone()
}

/// The clean host's facts.
pub(super) fn clean_host() -> Value {
    base("host.json")
}

/// Merges `patch` into `target` as RFC 7396 does, with texts for null and removal.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = nulls(patch);
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let members = target.as_object_mut().unwrap();
    for (key, value) in patch {
        if value == REMOVE {
            members.remove(key);
        } else {
            merge(members.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

fn nulls(value: &Value) -> Value {
    match value {
        Value::String(text) if text == NULL => Value::Null,
        Value::Array(items) => items.iter().map(nulls).collect(),
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), nulls(v))).collect(),
        other => other.clone(),
    }
}

fn path_of(engine: &Map<String, Value>, prefix: &str) -> String {
    engine
        .keys()
        .find(|path| {
            path.starts_with(prefix) && path.ends_with("/json") && path.matches('/').count() == 3
        })
        .unwrap()
        .clone()
}

pub(super) fn redactor() -> Redactor {
    Redactor::new([7; 32])
}

impl Case {
    /// The answers, the missing ones as gaps.
    pub(super) fn answers(&self) -> (Map<String, Value>, Vec<String>) {
        let mut engine = clean_engine();
        for overlay in &self.base {
            for (path, patch) in base(&format!("{overlay}.json")).as_object().unwrap() {
                merge(engine.entry(path.clone()).or_insert(json!(null)), patch);
            }
        }
        let (container, image) = (
            path_of(&engine, "/containers/"),
            path_of(&engine, "/images/"),
        );
        let mut apply = |path: &str, value: &Option<Value>| {
            if let Some(value) = value {
                merge(engine.entry(path.to_owned()).or_insert(json!(null)), value);
            }
        };
        apply(&container, &self.container);
        apply(&image, &self.image);
        apply("/info", &self.info);
        apply("/version", &self.version);
        for (path, value) in &self.engine {
            let path = alias(path, &container, &image);
            apply(&path, &Some(value.clone()));
        }
        if let Some(value) = &self.listed {
            merge(&mut engine["/containers/json"][0], value);
        }
        let missing = self
            .missing
            .iter()
            .map(|path| alias(path, &container, &image))
            .collect();
        (engine, missing)
    }

    /// The probe's facts.
    pub(super) fn facts(&self) -> HostFacts {
        let gap = |section: &str| json!({"Err": {"class": "permission", "message": format!("{section} was refused")}});
        if self.missing.iter().any(|section| section == "host")
            || self.transport.as_deref() == Some("tls")
        {
            return HostFacts::missing(&Gap::transport(
                "host files cannot be read over this transport",
            ));
        }
        let mut host = clean_host();
        if let Some(text) = &self.daemon_json {
            host["found"]["Ok"]["config"] = earlier::configuration(text);
        }
        if let Some(patch) = &self.host {
            merge(&mut host, patch);
        }
        if let Some(patch) = &self.found {
            merge(&mut host["found"]["Ok"], patch);
        }
        if let Some(patch) = &self.process {
            merge(&mut host["processes"]["4242"]["Ok"], patch);
        }
        for (path, patch) in &self.files {
            if patch == "(absent)" {
                host["files"][path] = json!({"Ok": null});
                continue;
            }
            let empty = json!({"kind": "file", "uid": 0, "gid": 0, "mode": 0o644, "user": "root", "group": "root",
                "size": 0, "mtime": 0, "target": null, "acl": []});
            let file = &mut host["files"][path];
            if !file["Ok"].is_object() {
                *file = json!({"Ok": empty});
            }
            merge(&mut file["Ok"], patch);
        }
        for section in self
            .missing
            .iter()
            .filter_map(|section| section.strip_prefix("host."))
        {
            match section.split_once(':') {
                Some(("files", path)) => host["files"][path] = gap(path),
                Some(("audit", part)) => host["audit"]["Ok"][part] = gap(part),
                Some((map, _)) => panic!("no map {map}"),
                None if section == "processes" => host["processes"] = json!({"4242": gap(section)}),
                None => {
                    assert!(host.get(section).is_some(), "no section {section}");
                    host[section] = gap(section);
                }
            }
        }
        serde_json::from_value(host).unwrap()
    }

    /// Everything that was read.
    pub(super) fn evidence(&self) -> HostEvidence {
        let mut answers = Answers::default();
        if self.missing.iter().any(|path| path == "engine") {
            answers = Answers::none(Gap::permission("the socket may not be opened"));
        } else {
            let (engine, missing) = self.answers();
            for (path, body) in engine {
                answers.insert(&path, Ok(earlier::body(&path, &body)));
            }
            for path in missing.iter().filter(|path| path.starts_with('/')) {
                answers.insert(
                    path,
                    Err(Gap::permission(format!("GET {path} was refused"))),
                );
            }
            answers.info_at = Some(NOW);
            answers.window = Some((NOW / 1000 - 86_401, NOW / 1000 - 1));
        }
        HostEvidence {
            collected_at: NOW,
            transport: self.transport(),
            sources: self.sources(),
            engine: decode::engine(&answers, &redactor()),
            host: self.facts(),
        }
    }

    fn sources(&self) -> Vec<Source> {
        let after = self.answered_ms.unwrap_or(40);
        let asked = after >= 0 && !self.missing.iter().any(|path| path == "engine");
        let answer = Source {
            what: "GET /_ping".into(),
            at: NOW + after,
            bytes: 2,
            sha256: String::new(),
            gap: None,
        };
        asked.then_some(answer).into_iter().collect()
    }

    fn transport(&self) -> Transport {
        match self.transport.as_deref() {
            None | Some("ssh") => Transport::Ssh,
            Some("tls") => Transport::Tls,
            Some("local") => Transport::Local,
            Some(other) => panic!("no transport {other}"),
        }
    }

    fn header(&self) -> HostHeader {
        HostHeader {
            name: "web-01".into(),
            groups: vec!["web".into()],
            labels: BTreeMap::new(),
            mode: match self.mode.as_deref() {
                None | Some("operator") => Mode::Operator,
                Some("audit") => Mode::Audit,
                Some(other) => panic!("no mode {other}"),
            },
            profile: self.profile.clone().unwrap_or_else(|| "all".into()),
            endpoint: "ssh://auditor@web-01:22".into(),
            transport: self.transport(),
            jumps: Vec::new(),
        }
    }

    /// Every row on the host.
    pub(super) fn judge(&self) -> Vec<ControlResult> {
        self.judged(&self.evidence(), Assessor::host)
    }

    /// The rows of one control by this evidence, before prerequisites and waivers.
    pub(super) fn judge_one(
        &self,
        control: &'static Control,
        evidence: &HostEvidence,
    ) -> Vec<ControlResult> {
        self.judged(evidence, |assessor, input| assessor.control(input, control))
    }

    fn judged(
        &self,
        evidence: &HostEvidence,
        judge: impl Fn(&Assessor, &HostInput<'_>) -> Vec<ControlResult>,
    ) -> Vec<ControlResult> {
        let header = self.header();
        let policy = Policy {
            values: self.policy.clone(),
        };
        let own;
        let assessor = if self.waivers.is_empty() {
            // The bundled tables take longer to read than a host to judge.
            static PLAIN: OnceLock<Assessor> = OnceLock::new();
            PLAIN.get_or_init(|| Assessor::new(Vec::new()).unwrap())
        } else {
            let hash = |value: &str| redactor().fingerprint(value.as_bytes());
            own = Assessor::new(self.waivers.clone())
                .unwrap()
                .with_fingerprint(hash);
            &own
        };
        let nothing = self.missing.iter().any(|path| path == "past");
        let past = self.past.as_ref().map_or_else(
            || Earlier::default().told().filter(|_| !nothing),
            Earlier::told,
        );
        let attestations: Vec<Attestation> = self
            .attested
            .iter()
            .map(|(control, days)| Attestation {
                control: control.clone(),
                by: "ada".into(),
                day: NOW / 86_400_000 - days,
                date: "that day".into(),
                note: String::new(),
            })
            .collect();
        judge(
            assessor,
            &HostInput {
                header: &header,
                evidence,
                policy: &policy,
                insecure_endpoint: self.insecure,
                past: past.as_ref(),
                attestations: &attestations,
                now: NOW,
            },
        )
    }

    /// Every row of the controls that compare hosts.
    pub(super) fn compare(&self) -> Vec<ControlResult> {
        let known = |value: &Option<String>, what: &str| {
            value
                .clone()
                .ok_or_else(|| Gap::new(GapClass::Permission, format!("{what} was not read")))
        };
        let hosts: Vec<FleetFacts> = self
            .fleet
            .iter()
            .map(|host| FleetFacts {
                name: host.name.clone(),
                groups: host.groups.clone(),
                profile: "all".into(),
                engine_id: known(&host.engine_id, "engine id"),
                machine_id: known(&host.machine_id, "machine id"),
                engine_version: known(&host.engine_version, "version"),
                reported: host
                    .reported
                    .clone()
                    .ok_or_else(|| Gap::permission("GET /info was refused")),
                configured: host
                    .configured
                    .clone()
                    .ok_or_else(|| Gap::transport("host files need SSH")),
                swarm: if host.swarm_unknown {
                    Err(Gap::permission("the swarm was not read"))
                } else {
                    Ok(host.swarm.as_ref().map(|seen| SwarmView {
                        id: seen.id.clone(),
                        leader: seen.leader.clone(),
                        managers: seen.managers,
                    }))
                },
                assessed: !host.partial,
                waived: host
                    .waived
                    .iter()
                    .map(|(at, count)| (at.parse().unwrap(), *count))
                    .collect(),
            })
            .collect();
        Assessor::new(self.waivers.clone())
            .unwrap()
            .fleet(&hosts, NOW)
    }
}

/// Short names for the paths of the one container and the one image of the clean host.
fn alias(path: &str, container: &str, image: &str) -> String {
    match path {
        "container" => container.to_owned(),
        "top" => container.replace("/json", "/top"),
        "image" => image.to_owned(),
        "history" => image.replace("/json", "/history"),
        other => other.to_owned(),
    }
}
