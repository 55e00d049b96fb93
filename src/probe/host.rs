//! The section `host`: the reader, small files line by line, and what is there at all.

use std::collections::BTreeMap;

use crate::domain::evidence::host::{Mac, OsRelease, Reader};
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

use super::path::lines;

const SYSCTLS: &str = "/proc/sys/";

/// The section, taken apart but not interpreted.
#[derive(Debug, Clone, Default)]
pub(super) struct HostSection {
    reader: Option<Identity>,
    login: Option<Identity>,
    files: BTreeMap<String, Vec<String>>,
    there: Vec<String>,
    programs: BTreeMap<String, String>,
    kernels: Vec<String>,
}

/// One line of `id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Identity {
    uid: u32,
    name: String,
    groups: Vec<String>,
}

impl HostSection {
    /// Takes the section apart; lines of an unknown form are left out.
    pub(super) fn parse(raw: &[u8]) -> Self {
        let mut found = Self::default();
        for line in lines(raw) {
            if line.starts_with('/') {
                if let Some((path, text)) = line.split_once(':') {
                    found
                        .files
                        .entry(path.to_owned())
                        .or_default()
                        .push(text.to_owned());
                }
                continue;
            }
            match line.split_once(' ') {
                Some(("reader", rest)) => found.reader = Identity::parse(rest),
                Some(("login", rest)) => found.login = Identity::parse(rest),
                Some(("there", path)) => found.there.push(path.to_owned()),
                Some(("kernel", name)) => found.kernels.push(name.to_owned()),
                Some(("program", rest)) => {
                    if let Some((name, path)) = rest.split_once(' ') {
                        found.programs.insert(name.to_owned(), path.to_owned());
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The first line of the file at `path`.
    fn line(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.first().map(String::as_str)
    }

    /// Whether the script saw something at `path`.
    pub(super) fn is_there(&self, path: &str) -> bool {
        self.there.iter().any(|there| there == path)
    }

    /// Sockets of Podman's API that are there.
    pub(super) fn podman_sockets(&self) -> Vec<String> {
        self.there
            .iter()
            .filter(|path| path.ends_with("/podman/podman.sock"))
            .cloned()
            .collect()
    }

    /// Programs by name.
    pub(super) fn programs(&self) -> &BTreeMap<String, String> {
        &self.programs
    }

    /// The pid that the engine wrote down.
    pub(super) fn docker_pid(&self) -> Option<i64> {
        self.line("/run/docker.pid")?.trim().parse().ok()
    }

    /// When the host started, seconds since 1970-01-01 UTC.
    pub(super) fn boot(&self) -> Option<i64> {
        self.line("/proc/stat")?
            .strip_prefix("btime ")?
            .trim()
            .parse()
            .ok()
    }

    /// Who the probe ran as.
    pub(super) fn reader(&self) -> Known<Reader> {
        let reader = self
            .reader
            .as_ref()
            .ok_or_else(|| Gap::protocol("the probe did not say who it ran as"))?;
        let login = self.login.as_ref().unwrap_or(reader);
        Ok(Reader {
            login_uid: login.uid,
            login: clean(&login.name),
            uid: reader.uid,
            groups: login.groups.iter().map(|group| clean(group)).collect(),
        })
    }

    /// `/etc/os-release`.
    pub(super) fn os(&self) -> Known<OsRelease> {
        let lines = ["/etc/os-release", "/usr/lib/os-release"]
            .iter()
            .find_map(|path| self.files.get(*path))
            .ok_or_else(|| Gap::unsupported("the host has no readable os-release"))?;
        let value = |key: &str| {
            lines
                .iter()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .map_or_else(String::new, |value| clean(&unquote(value)))
        };
        let id = value("ID");
        if id.is_empty() {
            return Err(Gap::unsupported("os-release does not name the system"));
        }
        Ok(OsRelease {
            id,
            version: value("VERSION_ID"),
            variant: value("VARIANT_ID"),
            pretty: value("PRETTY_NAME"),
            codename: value("VERSION_CODENAME"),
        })
    }

    /// `uname -r`.
    pub(super) fn kernel(&self) -> Known<String> {
        self.line("/proc/sys/kernel/osrelease")
            .map(clean)
            .ok_or_else(|| Gap::protocol("the kernel's release was not read"))
    }

    /// The text of `/etc/machine-id`.
    pub(super) fn machine_id(&self) -> Known<&str> {
        self.line("/etc/machine-id")
            .map(str::trim)
            .filter(|id| !id.is_empty() && *id != "uninitialized")
            .ok_or_else(|| Gap::unsupported("the host has no machine id"))
    }

    /// Kernel settings by their dotted names.
    pub(super) fn sysctls(&self) -> Known<BTreeMap<String, String>> {
        let found: BTreeMap<_, _> = self
            .files
            .iter()
            .filter_map(|(path, lines)| {
                let name = path.strip_prefix(SYSCTLS)?.replace('/', ".");
                Some((name, clean(lines.first()?.trim())))
            })
            .collect();
        if found.is_empty() {
            return Err(Gap::protocol("no kernel setting was read"));
        }
        Ok(found)
    }

    /// AppArmor and SELinux. That a file is not there says something only where other files could be read.
    pub(super) fn mac(&self) -> Known<Mac> {
        self.kernel()?;
        let configured = self.files.contains_key("/etc/selinux/config");
        Ok(Mac {
            apparmor: self
                .line("/sys/module/apparmor/parameters/enabled")
                .map(str::trim)
                == Some("Y"),
            selinux: match self.line("/sys/fs/selinux/enforce").map(str::trim) {
                Some("1") => Some("enforcing".to_owned()),
                Some(_) => Some("permissive".to_owned()),
                None if configured => Some("disabled".to_owned()),
                None => None,
            },
        })
    }

    /// Whether a reboot is pending: the distribution says so, or a newer kernel than the running one is installed.
    pub(super) fn reboot_required(&self) -> Known<bool> {
        if self.is_there("/run/reboot-required") || self.is_there("/var/run/reboot-required") {
            return Ok(true);
        }
        let running = self.kernel()?;
        if self.kernels.is_empty() {
            return Err(Gap::no_data("no installed kernel can be seen on the host"));
        }
        let newest = self
            .kernels
            .iter()
            .filter(|other| flavour(other) == flavour(&running))
            .any(|other| numbers(other) > numbers(&running));
        Ok(newest)
    }
}

impl Identity {
    /// Reads `uid=0(root) gid=0(root) groups=0(root),27(sudo)`; names may hold spaces.
    fn parse(line: &str) -> Option<Self> {
        let (uid, rest) = line.strip_prefix("uid=")?.split_once('(')?;
        let (name, rest) = rest.split_once(')')?;
        let groups = rest.split_once("groups=").map_or("", |(_, groups)| groups);
        let groups = groups
            .split_once(" context=")
            .map_or(groups, |(groups, _)| groups);
        Some(Self {
            uid: uid.parse().ok()?,
            name: name.to_owned(),
            groups: groups
                .split(',')
                .filter_map(|group| Some(group.split_once('(')?.1.strip_suffix(')')?.to_owned()))
                .collect(),
        })
    }
}

/// A value of os-release without its quotes and their escapes.
fn unquote(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        {
            return inner
                .replace("\\\"", "\"")
                .replace("\\$", "$")
                .replace("\\`", "`")
                .replace("\\\\", "\\");
        }
    }
    value.to_owned()
}

/// The numbers in a kernel's release, in order: 6.1.0-13-amd64 is 6, 1, 0, 13.
fn numbers(release: &str) -> Vec<u64> {
    release
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map_while(|part| part.parse().ok())
        .collect()
}

/// What follows the numbers: `amd64`, `generic`, `fc40.x86_64`; releases of different flavours are not comparable.
fn flavour(release: &str) -> &str {
    release
        .char_indices()
        .find(|(_, c)| c.is_ascii_alphabetic())
        .and_then(|(at, _)| release.get(at..))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{HostSection, Identity};

    #[test]
    fn names_of_groups_may_hold_spaces() {
        let id = Identity::parse("uid=1000(deploy) gid=1000(deploy) groups=1000(deploy),998(docker),5(domain users) context=u:r:t")
            .unwrap();
        assert_eq!((id.uid, id.name.as_str()), (1000, "deploy"));
        assert_eq!(id.groups, ["deploy", "docker", "domain users"]);
        assert!(Identity::parse("uid=x(").is_none());
    }

    #[test]
    fn with_sudo_the_login_is_another_than_the_reader() {
        let host = HostSection::parse(b"reader uid=0(root) gid=0(root) groups=0(root)\nlogin uid=1001(ops) gid=1001(ops) groups=1001(ops)\n");
        let reader = host.reader().unwrap();
        assert_eq!(
            (reader.uid, reader.login_uid, reader.login.as_str()),
            (0, 1001, "ops")
        );
    }

    #[test]
    fn a_newer_kernel_of_the_same_flavour_means_a_reboot() {
        let with = |kernels: &str| {
            let text = format!("/proc/sys/kernel/osrelease:6.1.0-13-amd64\n{kernels}");
            HostSection::parse(text.as_bytes()).reboot_required()
        };
        assert_eq!(
            with("kernel 6.1.0-13-amd64\nkernel 6.1.0-9-amd64\n"),
            Ok(false)
        );
        assert_eq!(
            with("kernel 6.1.0-13-amd64\nkernel 6.1.0-22-amd64\n"),
            Ok(true)
        );
        assert_eq!(
            with("kernel 6.1.0-13-amd64\nkernel 6.9.0-1-cloud-amd64\n"),
            Ok(false)
        );
        assert_eq!(with("there /run/reboot-required\n"), Ok(true));
        assert!(with("").is_err());
    }

    #[test]
    fn os_release_is_unquoted() {
        let host = HostSection::parse(b"/etc/os-release:NAME=\"A \\\"b\\\"\"\n/etc/os-release:ID=debian\n/etc/os-release:VERSION_ID='12'\n");
        let os = host.os().unwrap();
        assert_eq!(
            (os.id.as_str(), os.version.as_str(), os.variant.as_str()),
            ("debian", "12", "")
        );
    }

    #[test]
    fn selinux_is_disabled_only_where_it_was_ever_set_up() {
        let mac = |text: &str| {
            let text = format!("/proc/sys/kernel/osrelease:6.1.0\n{text}");
            HostSection::parse(text.as_bytes()).mac().unwrap()
        };
        assert!(HostSection::default().mac().is_err());
        assert_eq!(mac("").selinux, None);
        assert_eq!(
            mac("/etc/selinux/config:SELINUX=disabled\n")
                .selinux
                .as_deref(),
            Some("disabled")
        );
        assert_eq!(
            mac("/sys/fs/selinux/enforce:1\n").selinux.as_deref(),
            Some("enforcing")
        );
        assert!(mac("/sys/module/apparmor/parameters/enabled:Y\n").apparmor);
    }
}
