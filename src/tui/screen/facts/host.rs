//! What was read of the host itself: system, kernel, file systems, listeners, audit, units, packages.

use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::host::{Audit, FileSystem, HostFacts, Listener, Mac, UnitState};

use super::{Fact, each, word};

/// The facts of a host.
pub fn facts(evidence: &HostEvidence) -> Vec<Fact> {
    let host = &evidence.host;
    let mut facts = system(host);
    facts.extend(each(&host.mac, "access control", |mac| vec![confined(mac)]));
    facts.extend(each(&host.audit, "audit", |audit| vec![audited(audit)]));
    facts.extend(each(&host.filesystems, "file systems", |found| {
        found.iter().map(file_system).collect()
    }));
    facts.extend(each(&host.listeners, "listeners", |found| {
        found.iter().map(listener).collect()
    }));
    facts.extend(each(&host.units, "units", |units| {
        units
            .iter()
            .map(|(name, state)| unit(name, state))
            .collect()
    }));
    facts.extend(each(&host.packages, "packages", |packages| {
        packages
            .iter()
            .map(|(name, version)| Fact::new(format!("package {name}"), version))
            .collect()
    }));
    facts.extend(each(&host.sysctls, "kernel settings", |settings| {
        settings
            .iter()
            .map(|(name, value)| Fact::new(format!("setting {name}"), value))
            .collect()
    }));
    facts
}

fn system(host: &HostFacts) -> Vec<Fact> {
    let mut facts = each(&host.os, "system", |os| {
        vec![
            Fact::new("system", &os.pretty)
                .with("Name", os.id.clone())
                .with("Version", os.version.clone())
                .with("Code name", os.codename.clone())
                .with("Variant", os.variant.clone()),
        ]
    });
    facts.extend(each(&host.kernel, "kernel", |kernel| {
        vec![Fact::new("kernel", kernel)]
    }));
    facts.extend(each(&host.reboot_required, "reboot", |due| {
        vec![Fact::new("reboot", word(*due, "pending", "not pending"))]
    }));
    facts.extend(each(&host.reader, "read as", |reader| {
        let root = reader.uid == 0 && reader.login_uid != 0;
        let way = word(root, ", as root through sudo", "");
        vec![
            Fact::new("read as", format!("{}{way}", reader.login))
                .with("Groups", reader.groups.join(", ")),
        ]
    }));
    facts
}

fn confined(mac: &Mac) -> Fact {
    let selinux = mac.selinux.as_deref().unwrap_or("not there");
    let apparmor = word(mac.apparmor, "on", "off");
    Fact::new(
        "access control",
        format!("AppArmor {apparmor}, SELinux {selinux}"),
    )
}

fn audited(audit: &Audit) -> Fact {
    let daemon = word(audit.daemon, "auditd runs", "auditd does not run");
    let (rules, watched) = match &audit.rules {
        Ok(rules) => {
            let watched: Vec<_> = rules
                .iter()
                .map(|rule| format!("{} ({})", rule.path, rule.permissions))
                .collect();
            (format!("{} rules watch paths", rules.len()), watched)
        }
        Err(gap) => (
            format!("rules unknown ({})", gap.class.word()),
            vec![gap.message.clone()],
        ),
    };
    let number = |known: &Result<i64, _>| {
        known
            .as_ref()
            .map_or_else(|_| "unknown".to_owned(), ToString::to_string)
    };
    Fact::new("audit", format!("{daemon}, {rules}"))
        .with("Enabled", number(&audit.enabled))
        .with("Lost", number(&audit.lost))
        .with("Rules", watched.join("\n"))
}

fn file_system(system: &FileSystem) -> Fact {
    let used = system
        .used_percent
        .map_or_else(String::new, |percent| format!(", {percent}% used"));
    let inodes = system
        .inodes_percent
        .map_or_else(String::new, |percent| format!("{percent}% used"));
    Fact::new(
        format!("file system {}", system.path),
        format!("{} on {}{used}", system.kind, system.mount),
    )
    .with("Options", system.options.join(", "))
    .with("Inodes", inodes)
    .with("Device", system.device.clone())
}

fn listener(socket: &Listener) -> Fact {
    let process = socket.process.as_deref().unwrap_or("process not told");
    Fact::new(
        format!("listener {}:{}", socket.address, socket.port),
        process,
    )
}

fn unit(name: &str, state: &UnitState) -> Fact {
    let enabled = if state.enabled.is_empty() {
        "not installed"
    } else {
        &state.enabled
    };
    let properties: Vec<_> = state
        .properties
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Fact::new(
        format!("unit {name}"),
        format!("{}, {enabled}", state.active),
    )
    .with("Properties", properties.join("\n"))
}
