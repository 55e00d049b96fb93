//! The section `audit`: the kernel's audit state and its loaded rules, in the words of `auditctl`.

use crate::domain::evidence::host::{Audit, AuditRule};
use crate::domain::gap::{Gap, Known};

use super::frame::Answer;
use super::path::lines;

/// All letters of `auditctl -p`.
const ALL: &str = "rwxa";

/// What is known of auditing; `daemon` says whether a process of that name was seen.
pub(super) fn read(answer: &Answer, daemon: bool) -> Audit {
    match sections(answer) {
        Ok((state, rules)) => Audit {
            daemon,
            enabled: number(&state, "enabled"),
            lost: number(&state, "lost"),
            rules: Ok(rules.iter().filter_map(|line| rule(line)).collect()),
        },
        Err(gap) => Audit {
            daemon,
            enabled: Err(gap.clone()),
            lost: Err(gap.clone()),
            rules: Err(gap),
        },
    }
}

fn sections(answer: &Answer) -> Known<(Vec<String>, Vec<String>)> {
    let section = answer.section("audit")?;
    if section.is_unsupported() {
        return Err(Gap::unsupported("auditctl is not installed on the host"));
    }
    let raw = section.whole("audit rules")?;
    if section.status != Some(0) {
        return Err(Gap::unsupported(
            "the kernel does not let this host ask for its audit state (a container, or built without auditing)",
        ));
    }
    let mut parts = raw.splitn(2, |byte| *byte == 0);
    match (parts.next(), parts.next()) {
        (Some(state), Some(rules)) => Ok((lines(state), lines(rules))),
        _ => Err(Gap::protocol("audit rules: the answer was cut short")),
    }
}

/// The number called `name`: `enabled 1` on a line of its own, or `enabled=1` among others in older versions.
fn number(state: &[String], name: &str) -> Known<i64> {
    state
        .iter()
        .flat_map(|line| {
            line.split_whitespace()
                .zip(line.split_whitespace().skip(1))
                .chain(
                    line.split_whitespace()
                        .filter_map(|word| word.split_once('=')),
                )
        })
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.parse().ok())
        .ok_or_else(|| Gap::protocol(format!("auditctl -s did not tell {name}")))
}

/// The rule in one line of `auditctl -l`, where it watches a path with no condition that would let events escape.
fn rule(line: &str) -> Option<AuditRule> {
    let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let after = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    if let Some(path) = after("-w") {
        let folder = path.len() > 1 && path.ends_with('/');
        return Some(AuditRule {
            path: if folder {
                path.trim_end_matches('/').to_owned()
            } else {
                path.to_owned()
            },
            folder,
            permissions: letters(after("-p").unwrap_or(ALL)),
        });
    }
    let action = after("-a").or_else(|| after("-A"))?;
    let mut action = action.split(',');
    if !(action.clone().any(|word| word == "always")
        && action.any(|word| word == "exit" || word == "filesystem"))
    {
        return None;
    }
    let mut found = AuditRule {
        permissions: ALL.to_owned(),
        ..AuditRule::default()
    };
    let mut has_letters = false;
    let mut pairs = words.iter().zip(words.iter().skip(1));
    let conditions = pairs
        .clone()
        .filter(|(flag, _)| **flag == "-F")
        .map(|(_, condition)| *condition);
    for condition in conditions {
        match condition.split_once('=') {
            Some(("path", path)) => path.clone_into(&mut found.path),
            Some(("dir", path)) => {
                path.trim_end_matches('/').clone_into(&mut found.path);
                found.folder = true;
            }
            Some(("perm", permissions)) => {
                found.permissions = letters(permissions);
                has_letters = true;
            }
            Some(("arch" | "key", _)) => {}
            _ => return None,
        }
    }
    // A rule for chosen system calls covers those alone. From version 4 on auditctl itself turns letters into all the
    // system calls that they stand for, and lists both.
    let chosen = pairs
        .find(|(flag, calls)| **flag == "-S" && **calls != "all")
        .map(|(_, calls)| *calls);
    if chosen.is_some_and(|calls| !has_letters || !calls.contains(',')) {
        return None;
    }
    (!found.path.is_empty()).then_some(found)
}

/// Letters of `-p` in one order, each once.
fn letters(text: &str) -> String {
    ALL.chars()
        .filter(|letter| text.contains(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{number, rule};

    #[test]
    fn watches_are_read_in_both_forms() {
        let told = |line: &str| rule(line).map(|rule| (rule.path, rule.folder, rule.permissions));
        let want = |path: &str, folder, permissions: &str| {
            Some((path.to_owned(), folder, permissions.to_owned()))
        };
        assert_eq!(
            told("-w /etc/docker/daemon.json -p wa -k docker"),
            want("/etc/docker/daemon.json", false, "wa")
        );
        assert_eq!(
            told("-w /etc/docker/ -p aw -k docker"),
            want("/etc/docker", true, "wa")
        );
        assert_eq!(
            told("-a always,exit -F arch=b64 -F path=/usr/bin/dockerd -F perm=x -F key=docker"),
            want("/usr/bin/dockerd", false, "x")
        );
        assert_eq!(
            told("-a always,exit -S all -F dir=/var/lib/docker -F perm=wa"),
            want("/var/lib/docker", true, "wa")
        );
    }

    /// Lines of audit 3.0 and 4.0 for the same rules.
    #[test]
    fn letters_that_were_turned_into_system_calls_are_still_letters() {
        for line in [
            "-a always,exit -F arch=b64 -S all -F dir=/etc/docker -F perm=wa -F key=docker",
            "-a always,exit -F arch=b64 -S open,bind,truncate,rename,openat,openat2 -F dir=/etc/docker -F perm=wa -F key=docker",
        ] {
            let found = rule(line).unwrap();
            assert_eq!(
                (
                    found.path.as_str(),
                    found.folder,
                    found.permissions.as_str()
                ),
                ("/etc/docker", true, "wa")
            );
        }
    }

    #[test]
    fn a_rule_that_lets_events_escape_covers_nothing() {
        assert_eq!(
            rule("-a never,exit -F path=/usr/bin/dockerd -F perm=x"),
            None
        );
        assert_eq!(
            rule("-a always,exit -F path=/usr/bin/dockerd -F perm=x -F auid>=1000"),
            None
        );
        assert_eq!(
            rule("-a always,exit -F path=/usr/bin/dockerd -F auid!=-1"),
            None
        );
        assert_eq!(
            rule("-a always,exit -F arch=b64 -S execve -F path=/usr/bin/dockerd"),
            None
        );
        assert_eq!(
            rule("-a always,exit -F arch=b64 -S execve -F key=exec"),
            None
        );
        assert_eq!(
            rule("-a always,exit -F arch=b64 -S open -F path=/etc/docker -F perm=wa"),
            None
        );
        assert_eq!(rule("No rules"), None);
    }

    #[test]
    fn the_state_is_read_in_both_forms() {
        let new = ["enabled 2".to_owned(), "lost 5".to_owned()];
        assert_eq!(
            (number(&new, "enabled"), number(&new, "lost")),
            (Ok(2), Ok(5))
        );
        let old = ["AUDIT_STATUS: enabled=1 flag=1 pid=9 lost=0".to_owned()];
        assert_eq!(number(&old, "enabled"), Ok(1));
        assert!(number(&[], "enabled").is_err());
    }
}
