//! Why the engine was not reached, as the probe saw it: an SSH server that opens no channel to a socket never says why.

use crate::domain::evidence::host::HostFacts;
use crate::domain::evidence::sockets::{self, Access};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::gap::AsKnown as _;

/// `failure` with what the probe knows of the sockets that were `tried`.
pub(super) fn explained(failure: Failure, facts: &HostFacts, tried: &[String]) -> Failure {
    use FailureClass::{DaemonDown, ForwardRefused, SocketDenied, SocketMissing};
    let unexplained = matches!(failure.class, ForwardRefused | SocketDenied | SocketMissing)
        && failure.stage == Stage::Channel
        && !tried.is_empty();
    let states: Vec<(&String, Option<Access>)> = tried
        .iter()
        .map(|path| (path, sockets::access(facts, path)))
        .collect();
    let first = |wanted: Access| {
        states
            .iter()
            .find(|(_, access)| *access == Some(wanted))
            .map(|(path, _)| path.as_str())
    };
    let runs = facts
        .found
        .known()
        .ok()
        .filter(|found| found.daemon_gap.is_none())
        .map(|found| found.daemon.is_some());
    let (class, message, hint) = if !unexplained {
        return failure;
    } else if let Some(path) = first(Access::Open) {
        match runs {
            Some(false) => (
                DaemonDown,
                format!("{path} is there, but no engine runs behind it"),
                "look at systemctl status docker and journalctl -u docker on the host".to_owned(),
            ),
            _ => (
                ForwardRefused,
                format!(
                    "{path} is there and this account may use it, but the SSH server does not forward to it"
                ),
                "allow AllowStreamLocalForwarding and AllowTcpForwarding (and neither DisableForwarding nor a PermitOpen \
                 list) in its sshd_config and no restrict on the key, or install the docker program there, which relays"
                    .to_owned(),
            ),
        }
    } else if let Some(path) = first(Access::Denied) {
        let owner = facts.file(path).ok().flatten().map_or_else(
            || "in a folder that it may not enter".to_owned(),
            |stat| format!("{}:{} {:04o}", stat.user, stat.group, stat.mode & 0o7777),
        );
        (
            SocketDenied,
            format!("this account may not use {path} ({owner})"),
            "add the account to the group of the socket (which makes it root there), or allow sudo for it and sudo = \
             \"auto\" in the inventory"
                .to_owned(),
        )
    } else if states
        .iter()
        .all(|(_, access)| *access == Some(Access::Missing))
    {
        match elsewhere(facts, tried) {
            Some(path) => (
                SocketMissing,
                format!("the engine listens at {path}, not at {}", tried.join(" or ")),
                format!("name it in the endpoint: ssh://host{path}"),
            ),
            None => (
                SocketMissing,
                format!("there is no {}", tried.join(" and no ")),
                "start the engine, or name its socket in the endpoint: ssh://host/path/to/docker.sock"
                    .to_owned(),
            ),
        }
    } else {
        return failure;
    };
    let mut explained = Failure::new(class, failure.stage, message, hint);
    explained.causes.push(failure.message);
    explained.causes.extend(failure.causes);
    explained
}

/// A socket of the running engine that was not tried.
fn elsewhere<'f>(facts: &'f HostFacts, tried: &[String]) -> Option<&'f str> {
    let found = facts.found.as_ref().ok()?;
    found.daemon.as_ref()?;
    found
        .engine_sockets
        .iter()
        .map(String::as_str)
        .find(|path| {
            !tried.iter().any(|tried| tried == path)
                && sockets::access(facts, path) != Some(Access::Missing)
        })
}
