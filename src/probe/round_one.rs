//! Round one, read: everything that is known before any path is asked for.

use std::collections::BTreeMap;

use crate::domain::evidence::host::{
    Audit, Discovery, Journal, Listener, Mac, OsRelease, Reader, Setting, UnitState,
};
use crate::domain::gap::{Gap, Known};
use crate::redact::Redactor;

use super::accounts::Directory;
use super::discovery::{Found, discover};
use super::engines::{Engines, first_of_containers};
use super::frame::{Answer, Encoding, begin, needs_root};
use super::host::HostSection;
use super::mounts::{self, Mount};
use super::units::Units;
use super::{audit, journal, listeners, packages};

/// Most processes of containers that are looked at.
const MOST_PROCESSES: usize = 4096;

/// What round one told.
#[derive(Debug, Clone)]
pub struct RoundOne {
    pub(super) encoding: Encoding,
    pub(super) sizes: Vec<(String, usize)>,
    pub(super) reader: Known<Reader>,
    pub(super) os: Known<OsRelease>,
    pub(super) kernel: Known<String>,
    pub(super) machine_id: Known<String>,
    pub(super) sysctls: Known<BTreeMap<String, String>>,
    pub(super) mac: Known<Mac>,
    pub(super) reboot_required: Known<bool>,
    pub(super) units: Known<BTreeMap<String, UnitState>>,
    pub(super) socket_group: Option<String>,
    pub(super) found: Known<Found>,
    pub(super) directory: Known<Directory>,
    pub(super) audit: Known<Audit>,
    pub(super) listeners: Known<Vec<Listener>>,
    pub(super) packages: Known<BTreeMap<String, String>>,
    pub(super) mounts: Known<Vec<Mount>>,
    pub(super) pids: Known<Vec<i64>>,
    pub(super) profiles: Known<BTreeMap<String, String>>,
    pub(super) journal: Known<Journal>,
    pub(super) datagrams: Known<Vec<Listener>>,
}

impl RoundOne {
    /// Reads an answer from its first byte, noise of the login included. Fails where there is no answer at all, or one
    /// in another protocol; whatever else is missing is a gap of its own.
    pub fn parse(raw: &[u8], redactor: &Redactor) -> Known<Self> {
        Self::parse_because(
            raw,
            redactor,
            &Gap::protocol("the probe's answer was cut short"),
        )
    }

    /// As [`Self::parse`], with the reason why sections may be missing.
    pub(super) fn parse_because(raw: &[u8], redactor: &Redactor, missing: &Gap) -> Known<Self> {
        let begin = begin(raw)?.ok_or_else(|| missing.clone())?;
        let answer = Answer::parse(raw.get(begin.after..).unwrap_or_default(), begin.encoding)
            .because(missing);
        Ok(Self::read(&answer, begin.encoding, redactor))
    }

    fn read(answer: &Answer, encoding: Encoding, redactor: &Redactor) -> Self {
        let host = answer.whole("host", "host facts").map(HostSection::parse);
        let units = Units::read(answer);
        let (boot, named) = match &host {
            Ok(host) => (host.boot(), vec![units.main_pid, host.docker_pid()]),
            Err(_) => (None, vec![units.main_pid]),
        };
        let engines = Engines::read(answer, &named, boot);
        let reader = of(&host, HostSection::reader);
        let mounts = answer
            .whole("mounts", "mounted file systems")
            .map(mounts::parse);
        let processes = visible_processes(answer, &reader, &mounts);
        let directory = answer
            .whole("accounts", "accounts")
            .and_then(Directory::parse);
        let found = of(&host, |host| {
            let mut found = discover(answer, host, &units, &engines, redactor);
            if let Ok(directory) = &directory {
                who_may_use(
                    &mut found.discovery,
                    directory,
                    units.socket_group.as_deref(),
                );
            }
            found.discovery.podman_sockets = host.podman_sockets();
            if found.discovery.daemon.is_none() {
                found.discovery.daemon_gap = processes.clone().err();
            }
            Ok(found)
        });
        Self {
            encoding,
            sizes: answer
                .sizes()
                .map(|(name, size)| (name.to_owned(), size))
                .collect(),
            reader,
            os: of(&host, HostSection::os),
            kernel: of(&host, HostSection::kernel),
            machine_id: of(&host, |host| {
                Ok(redactor.fingerprint(host.machine_id()?.as_bytes()))
            }),
            sysctls: of(&host, HostSection::sysctls),
            mac: of(&host, HostSection::mac),
            reboot_required: of(&host, HostSection::reboot_required),
            units: units.states,
            socket_group: units.socket_group,
            found,
            directory,
            audit: processes
                .clone()
                .map(|()| audit::read(answer, engines.auditd)),
            listeners: listeners::read(answer),
            packages: packages::read(answer),
            mounts,
            profiles: journal::profiles(answer),
            journal: journal::read(answer, redactor),
            datagrams: listeners::datagrams(answer),
            pids: processes.and_then(|()| {
                let raw = answer.whole("containers", "processes of containers")?;
                Ok(first_of_containers(raw, MOST_PROCESSES))
            }),
        }
    }
}

/// Homes of those who may use the engine, and of the user that runs a rootless one.
fn who_may_use(discovery: &mut Discovery, directory: &Directory, socket_group: Option<&str>) {
    let mut groups = vec!["docker".to_owned()];
    groups.extend(socket_group.map(str::to_owned));
    if let Some(Setting::Text(group)) = discovery.setting("group") {
        groups.push(group.clone());
    }
    discovery.homes = directory.homes_of(&groups);
    discovery.engine_home = discovery
        .daemon
        .as_ref()
        .filter(|daemon| daemon.uid != 0)
        .and_then(|daemon| directory.home_of(daemon.uid));
}

/// A part of the host section, or the gap of the whole.
fn of<T>(host: &Known<HostSection>, read: impl FnOnce(&HostSection) -> Known<T>) -> Known<T> {
    host.as_ref().map_err(Gap::clone).and_then(read)
}

/// Whether the processes of others could be seen.
fn visible_processes(
    answer: &Answer,
    reader: &Known<Reader>,
    mounts: &Known<Vec<Mount>>,
) -> Known<()> {
    answer.whole("processes", "processes")?;
    let is_root = reader.as_ref().is_ok_and(|reader| reader.uid == 0);
    if !is_root
        && mounts
            .as_ref()
            .is_ok_and(|mounts| mounts::hide_processes(mounts))
    {
        return Err(needs_root(
            "processes of others (/proc is mounted with hidepid)",
        ));
    }
    Ok(())
}
