//! Round two: what the answers of both rounds make of the facts.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::host::{
    Audit, FileStat, FileSystem, HostFacts, ProcessStatus, Setting,
};
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

use super::Needs;
use super::engines::of_process;
use super::frame::{Answer, needs_root};
use super::leads::Leads;
use super::path::{self, lines};
use super::plan::Plan;
use super::reading::Reading;
use super::round_one::RoundOne;
use super::stat::{Files, Seen};
use super::{layers, mounts};

/// What the script lists at most below all wanted folders together, in bytes of names.
const MOST_LISTED: usize = 131_072;

/// What is sent to the script between the rounds.
pub fn request(one: &RoundOne, needs: &Needs, leads: &Leads) -> Vec<u8> {
    Plan::new(one, needs, leads).encode()
}

/// Puts both rounds together. `two` is everything after the end of round one.
pub fn finish(one: RoundOne, needs: &Needs, leads: &Leads, two: &[u8]) -> HostFacts {
    finish_because(
        one,
        needs,
        leads,
        two,
        &Gap::protocol("the probe's second answer was cut short"),
    )
}

/// As [`finish`], with the reason why sections may be missing.
pub(super) fn finish_because(
    one: RoundOne,
    needs: &Needs,
    leads: &Leads,
    two: &[u8],
    missing: &Gap,
) -> HostFacts {
    let plan = Plan::new(&one, needs, leads);
    let answer = Answer::parse(two, one.encoding).because(missing);
    let section = answer.whole("files", "files");
    let files = section
        .as_ref()
        .map(|raw| Files::parse(raw))
        .unwrap_or_default();
    let reading = Reading::new(&files, section.err());
    let mut facts = HostFacts {
        os: one.os,
        kernel: one.kernel,
        machine_id: one.machine_id,
        reader: one.reader,
        found: one
            .found
            .as_ref()
            .map(|found| found.discovery.clone())
            .map_err(Gap::clone),
        files: reading.all(&plan),
        accounts: Err(missing.clone()),
        audit: one.audit,
        filesystems: one
            .mounts
            .map(|mounts| file_systems(&plan, &answer, &reading, &mounts)),
        sysctls: one.sysctls,
        listeners: one.listeners,
        processes: processes(&plan, &answer),
        packages: one.packages,
        mac: one.mac,
        units: one.units,
        reboot_required: one.reboot_required,
        layers: layers::read(&plan, &answer),
        profiles: one.profiles,
        journal: one.journal,
        datagrams: one.datagrams,
        swarm_state: layers::swarm_state(&answer),
    };
    learn_trees(&mut facts, &plan, &reading);
    settle_sockets(&mut facts);
    facts.accounts = one.directory.map(|directory| {
        let (names, gids) = groups_of_interest(&facts, one.socket_group);
        directory.of_interest(&names, &gids)
    });
    if let Ok(Audit {
        rules: Ok(rules), ..
    }) = &mut facts.audit
    {
        for rule in rules {
            let stat = facts
                .files
                .get(&rule.path)
                .and_then(|stat| stat.as_ref().ok())
                .and_then(Option::as_ref);
            rule.folder |= stat.is_some_and(|stat| stat.kind == "dir");
        }
    }
    facts
}

/// Files and folders below the wanted folders, and folders that could not be listed.
fn learn_trees(facts: &mut HostFacts, plan: &Plan, reading: &Reading<'_>) {
    let Ok(found) = &mut facts.found else {
        return;
    };
    let listed: usize = reading
        .files
        .seen
        .iter()
        .skip(plan.look.len())
        .map(|(path, _)| path.len() + 1)
        .sum();
    for folder in &plan.trees {
        if let Some(gap) = &reading.missing {
            found.unlisted.insert((*folder).to_owned(), gap.clone());
            continue;
        }
        if listed + 1 >= MOST_LISTED {
            found.unlisted.insert(
                (*folder).to_owned(),
                Gap::protocol(format!("{folder}: too many files to list")),
            );
        }
        for (path, seen) in &reading.files.seen {
            let Some(rest) = path
                .strip_prefix(folder.as_bytes())
                .filter(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
            else {
                continue;
            };
            let depth = rest.split(|byte| *byte == b'/').skip(1).count();
            let text = path::text(path);
            let is_closed = matches!(seen, Seen::Folder(false)) && depth < 2;
            if is_closed || (rest.is_empty() && *seen == Seen::Refused) {
                found
                    .unlisted
                    .insert(text.clone(), needs_root(&clean(&text)));
            }
            let followed = match seen {
                Seen::Link(Some(target)) => reading.files.stat(target),
                _ => reading.files.stat(path),
            };
            match followed.as_ref().map(|stat| stat.kind.as_str()) {
                Some("file") if !found.found_files.contains(&text) => found.found_files.push(text),
                Some("dir") if !found.found_folders.contains(&text) => {
                    found.found_folders.push(text);
                }
                _ => {}
            }
        }
    }
    found.found_files.sort();
    found.found_folders.sort();
}

/// Names each engine socket by its real path, so that it is one file on every host however it was configured.
fn settle_sockets(facts: &mut HostFacts) {
    let Ok(found) = &mut facts.found else {
        return;
    };
    for socket in &mut found.engine_sockets {
        if let Some(Ok(Some(FileStat {
            target: Some(target),
            ..
        }))) = facts.files.get(socket)
        {
            socket.clone_from(target);
        }
    }
    found.engine_sockets.sort();
    found.engine_sockets.dedup();
}

/// Groups that may open the engine's sockets, by name or by number.
fn groups_of_interest(
    facts: &HostFacts,
    socket_group: Option<String>,
) -> (BTreeSet<String>, BTreeSet<u32>) {
    let mut names = BTreeSet::from(["docker".to_owned()]);
    let mut gids = BTreeSet::new();
    names.extend(socket_group);
    if let Ok(found) = &facts.found {
        if let Some(Setting::Text(group)) = found.setting("group") {
            names.insert(group.clone());
        }
        for socket in &found.engine_sockets {
            if let Some(Ok(Some(stat))) = facts.files.get(socket)
                && stat.gid != 0
            {
                gids.insert(stat.gid);
            }
        }
    }
    (names, gids)
}

fn file_systems(
    plan: &Plan,
    answer: &Answer,
    reading: &Reading<'_>,
    mounts: &[mounts::Mount],
) -> Vec<FileSystem> {
    let fills = answer
        .whole("space", "file systems")
        .map(mounts::fills)
        .unwrap_or_default();
    plan.space
        .iter()
        .filter(|(_, tidy)| matches!(reading.state(tidy), Ok(Some(_))))
        .filter_map(|(asked, tidy)| {
            let real = reading.target(tidy).unwrap_or_else(|| tidy.clone());
            mounts::file_system(
                mounts,
                asked,
                &real,
                fills.get(tidy).copied().unwrap_or_default(),
            )
        })
        .collect()
}

/// What the kernel says of each process that was asked for; one that has ended meanwhile is left out.
fn processes(plan: &Plan, answer: &Answer) -> BTreeMap<i64, Known<ProcessStatus>> {
    let raw = match answer.whole("pids", "processes") {
        Ok(raw) => raw,
        Err(gap) => {
            return plan
                .pids
                .iter()
                .map(|pid| (*pid, Err(gap.clone())))
                .collect();
        }
    };
    let mut fields: BTreeMap<i64, BTreeMap<String, String>> = BTreeMap::new();
    for line in lines(raw) {
        if let Some((pid, "status", text)) = of_process(&line)
            && let Some((name, value)) = text.split_once(':')
        {
            fields
                .entry(pid)
                .or_default()
                .insert(name.to_owned(), value.trim().to_owned());
        }
    }
    fields
        .into_iter()
        .filter(|(pid, _)| plan.pids.contains(pid))
        .map(|(pid, fields)| {
            let uid = fields
                .get("Uid")
                .and_then(|ids| ids.split_whitespace().nth(1)?.parse().ok());
            let status = uid.map(|uid| ProcessStatus {
                uid,
                no_new_privileges: fields.get("NoNewPrivs").map(|value| value == "1"),
                seccomp: fields.get("Seccomp").and_then(|value| value.parse().ok()),
                cap_eff: fields
                    .get("CapEff")
                    .and_then(|value| u64::from_str_radix(value, 16).ok()),
            });
            (
                pid,
                status.ok_or_else(|| {
                    Gap::protocol(format!("the state of process {pid} is malformed"))
                }),
            )
        })
        .collect()
}
