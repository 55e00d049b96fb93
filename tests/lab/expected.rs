//! What the lab set up right and wrong, as data, to be compared by name with what a sweep finds.

use std::collections::BTreeMap;
use std::fs;

use crate::harness::{Lab, folder, lab};

/// Control id to the subjects it must answer so for.
type Subjects = BTreeMap<String, Vec<String>>;

/// What must be found on one host.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expected {
    /// Must be findings.
    pub(crate) fail: Subjects,
    /// Must pass.
    pub(crate) pass: Subjects,
}

/// Host name to what must be found there.
pub(crate) fn expected() -> BTreeMap<String, Expected> {
    toml::from_str(&fs::read_to_string(folder().join("expected.toml")).unwrap()).unwrap()
}

/// Whether the subject exists on the host, as the host's own tools see it.
fn exists(lab: &Lab, host: &str, subject: &str) -> bool {
    let script = match subject.split_once(':') {
        None if subject == "host" || subject == "daemon" => return true,
        Some(("file", path)) => format!("test -e '{path}'"),
        Some(("account", name)) => format!("getent passwd '{name}'"),
        Some(("image", name)) => format!("docker image inspect '{name}'"),
        Some(("container", name)) => match name.strip_prefix("compose:") {
            None => format!("docker container inspect '{name}'"),
            Some(place) => {
                let (project, service) = place.split_once('/').unwrap();
                format!(
                    "docker ps --quiet --filter label=com.docker.compose.project={project} \
                     --filter label=com.docker.compose.service={service} | grep -q ."
                )
            }
        },
        _ => panic!("{host}: subject {subject} is of no known kind"),
    };
    lab.in_host(host, &script).ok
}

#[test]
fn every_expected_subject_exists() {
    let Some(lab) = lab() else { return };
    let mut lost = Vec::new();
    for (host, expected) in expected() {
        let mut subjects: Vec<_> = expected
            .fail
            .values()
            .chain(expected.pass.values())
            .flatten()
            .collect();
        subjects.sort();
        subjects.dedup();
        for subject in subjects {
            if !exists(lab, &host, subject) {
                lost.push(format!("{host}: {subject}"));
            }
        }
    }
    assert!(lost.is_empty(), "the lab has no\n{}", lost.join("\n"));
}

#[test]
fn nothing_is_expected_to_fail_and_pass_at_once() {
    for (host, expected) in expected() {
        for (control, failing) in &expected.fail {
            let both: Vec<_> = expected
                .pass
                .get(control)
                .into_iter()
                .flatten()
                .filter(|subject| failing.contains(subject))
                .collect();
            assert!(both.is_empty(), "{host}: {control}: {both:?}");
        }
    }
}
