//! The sections `processes`, `engine.PID` and `containers`: which process is the host's engine, and which processes
//! are the first of their containers.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::host::DaemonProcess;

use super::frame::Answer;
use super::path::{self, fields, lines};

/// Kernel clock ticks per second as told to programs; the same on every architecture that engines run on.
const TICKS: i64 = 100;

/// One process that carries an engine's name.
#[derive(Debug, Clone, Default)]
struct Process {
    comm: String,
    uid: Option<u32>,
    started: Option<i64>,
    foreign: bool,
}

/// What is known of running engines.
#[derive(Debug, Clone, Default)]
pub(super) struct Engines {
    /// The engine of this host.
    pub(super) daemon: Option<DaemonProcess>,
    /// Its command line.
    pub(super) words: Vec<String>,
    /// The command line of containerd, where it runs.
    pub(super) containerd: Vec<String>,
    /// Whether the audit daemon runs.
    pub(super) auditd: bool,
}

impl Engines {
    /// Finds the engine among the processes that carry its name. One in a container or in another namespace of processes
    /// is not the host's. Of several, the one that systemd or the pid file names wins, then one of root, then the oldest.
    pub(super) fn read(answer: &Answer, named: &[Option<i64>], boot: Option<i64>) -> Self {
        let processes = answer
            .whole("processes", "processes")
            .map(parse)
            .unwrap_or_default();
        let own = |name: &'static str| {
            processes
                .iter()
                .filter(move |(_, process)| process.comm == name && !process.foreign)
        };
        let daemon = own("dockerd")
            .chain(own("balenad"))
            .min_by_key(|(pid, process)| {
                let rank = named
                    .iter()
                    .position(|named| *named == Some(**pid))
                    .unwrap_or(named.len());
                (
                    rank,
                    process.uid != Some(0),
                    process.started.unwrap_or(i64::MAX),
                    **pid,
                )
            });
        let details: BTreeMap<_, _> = answer.numbered("engine.").into_iter().collect();
        let told = |pid: &i64| {
            details
                .get(pid)
                .map(|section| engine(&section.body))
                .unwrap_or_default()
        };
        let mut found = Self {
            auditd: own("auditd").next().is_some(),
            containerd: own("containerd")
                .next()
                .map(|(pid, _)| told(pid).1)
                .unwrap_or_default(),
            ..Self::default()
        };
        if let Some((pid, process)) = daemon {
            let (exe, words) = told(pid);
            found.words = words;
            found.daemon = Some(DaemonProcess {
                pid: *pid,
                uid: process.uid.unwrap_or_default(),
                exe,
                started: boot
                    .zip(process.started)
                    .map(|(boot, ticks)| boot + ticks / TICKS),
            });
        }
        // Without its owner nothing can be said of it.
        found.daemon = found.daemon.filter(|daemon| {
            processes
                .get(&daemon.pid)
                .is_some_and(|process| process.uid.is_some())
        });
        found
    }
}

/// Program and command line in a section `engine.PID`.
fn engine(raw: &[u8]) -> (Option<String>, Vec<String>) {
    let mut parts = raw.splitn(2, |byte| *byte == 0);
    let exe = parts.next().map(path::text).unwrap_or_default();
    let words = fields(parts.next().unwrap_or_default())
        .into_iter()
        .map(path::text)
        .collect();
    let exe = exe.strip_suffix(" (deleted)").unwrap_or(&exe).to_owned();
    (Some(exe).filter(|exe| exe.starts_with('/')), words)
}

fn parse(raw: &[u8]) -> BTreeMap<i64, Process> {
    let mut found: BTreeMap<i64, Process> = BTreeMap::new();
    for line in lines(raw) {
        let Some((pid, file, text)) = of_process(&line) else {
            continue;
        };
        let process = found.entry(pid).or_default();
        match file {
            "comm" => text.clone_into(&mut process.comm),
            "stat" => process.started = started(text),
            "cgroup" => process.foreign |= container_in(text).is_some(),
            "status" => match text.split_once(':') {
                Some(("Uid", ids)) => {
                    process.uid = ids
                        .split_whitespace()
                        .nth(1)
                        .and_then(|uid| uid.parse().ok());
                }
                Some(("NSpid", pids)) => process.foreign |= pids.split_whitespace().count() > 1,
                _ => {}
            },
            _ => {}
        }
    }
    found
}

/// Takes `/proc/PID/FILE:TEXT` apart.
pub(super) fn of_process(line: &str) -> Option<(i64, &str, &str)> {
    let (pid, rest) = line.strip_prefix("/proc/")?.split_once('/')?;
    let (file, text) = rest.split_once(':')?;
    Some((pid.parse().ok()?, file, text))
}

/// When the process of this line of `/proc/PID/stat` started, in ticks since boot. The name in it may hold anything.
fn started(stat: &str) -> Option<i64> {
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(19)?
        .parse()
        .ok()
}

/// The container that a cgroup is named after: 64 hexadecimal digits, the last such name of the line.
fn container_in(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .rfind(|part| part.len() == 64 && part.chars().all(|c| c.is_ascii_hexdigit()))
}

/// The first process of each container: the one whose parent is not in the same container.
pub(super) fn first_of_containers(raw: &[u8], at_most: usize) -> Vec<i64> {
    let mut inside: BTreeMap<i64, String> = BTreeMap::new();
    let mut parent: BTreeMap<i64, i64> = BTreeMap::new();
    for line in lines(raw) {
        match of_process(&line) {
            Some((pid, "cgroup", text)) => {
                if let Some(container) = container_in(text) {
                    inside.insert(pid, container.to_owned());
                }
            }
            Some((pid, "status", text)) => {
                if let Some(above) = text
                    .strip_prefix("PPid:")
                    .and_then(|above| above.trim().parse().ok())
                {
                    parent.insert(pid, above);
                }
            }
            _ => {}
        }
    }
    let first: BTreeSet<_> = inside
        .iter()
        .filter(|(pid, container)| {
            parent
                .get(pid)
                .is_none_or(|above| inside.get(above) != Some(container))
        })
        .map(|(pid, _)| *pid)
        .collect();
    first.into_iter().take(at_most).collect()
}

#[cfg(test)]
mod tests {
    use super::{Engines, first_of_containers, parse, started};
    use crate::probe::frame::Answer;

    fn answer(processes: &str, engine: &str) -> Answer {
        Answer::made_of(&[("processes", processes), ("engine.20", engine)])
    }

    fn process(pid: i64, uid: u32, start: i64, more: &str) -> String {
        format!(
            "/proc/{pid}/comm:dockerd\n/proc/{pid}/stat:{pid} (docker) d) S 1 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 9 0 {start} 1 1\n\
             /proc/{pid}/status:PPid:\t1\n/proc/{pid}/status:Uid:\t0\t{uid}\t0\t0\n{more}"
        )
    }

    #[test]
    fn an_engine_in_a_container_is_not_the_hosts() {
        let id = "a".repeat(64);
        let text = process(
            9,
            0,
            5,
            &format!("/proc/9/cgroup:0::/system.slice/docker-{id}.scope\n"),
        ) + &process(20, 0, 700, "/proc/20/status:NSpid:\t20\n")
            + &process(30, 0, 3, "/proc/30/status:NSpid:\t30\t1\n")
            + &process(40, 1000, 2, "");
        let found = Engines::read(
            &answer(&text, "/usr/bin/dockerd (deleted)\0dockerd\0-H\0fd://\0"),
            &[],
            Some(1000),
        );
        let daemon = found.daemon.unwrap();
        assert_eq!(
            (daemon.pid, daemon.uid, daemon.started),
            (20, 0, Some(1007))
        );
        assert_eq!(found.words, ["dockerd", "-H", "fd://"]);
    }

    #[test]
    fn the_engine_that_the_pid_file_names_wins() {
        let text = process(20, 0, 700, "") + &process(40, 1000, 2, "");
        let found = Engines::read(&answer(&text, ""), &[None, Some(40)], None);
        assert_eq!(found.daemon.unwrap().pid, 40);
    }

    #[test]
    fn the_first_process_has_its_parent_outside() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let text = format!(
            "/proc/5/cgroup:{a}\n/proc/6/cgroup:{a}\n/proc/7/cgroup:{b}\n/proc/8/cgroup:junk\n\
             /proc/5/status:PPid:\t1\n/proc/6/status:PPid:\t5\n/proc/7/status:PPid:\t6\n"
        );
        assert_eq!(first_of_containers(text.as_bytes(), 9), [5, 7]);
        assert_eq!(first_of_containers(text.as_bytes(), 1), [5]);
    }

    #[test]
    fn the_name_in_stat_may_hold_anything() {
        assert_eq!(
            started("1 (a) b) S 0 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 9 0 77 1"),
            Some(77)
        );
        assert_eq!(started("1 (a"), None);
        assert!(parse(b"/proc/x/comm:a\n/proc/1\nnoise").is_empty());
    }
}
