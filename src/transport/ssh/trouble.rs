//! The library's errors and the server's words, turned into failures that tell an operator what to do.

use russh::{ChannelOpenFailure, Error};

use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::text;
use crate::transport::head::{http_status, looks_like_tls};
use crate::transport::net::{self, Deadline};

/// Types of host keys whose signatures prove nothing any more.
const SHA1_SIGNATURES: [&str; 2] = ["ssh-rsa", "ssh-dss"];

/// Why the key exchange with `whom` did not come about; `head` is what came in first.
pub(super) fn kex(whom: &str, error: &Error, head: &[u8], farewell: Option<String>) -> Failure {
    if let Some(failure) = not_ssh(whom, head) {
        return failure;
    }
    let failure = match error {
        Error::NoCommonAlgo { kind, theirs, .. } => {
            let only_sha1 = theirs
                .iter()
                .all(|name| SHA1_SIGNATURES.contains(&name.as_str()));
            let hint = if only_sha1 {
                "it signs with SHA-1 alone, which is broken: update its SSH server (OpenSSH 7.2 or newer), or add an \
                 ed25519 host key"
            } else {
                "its SSH server is very old or very strict; allow a current algorithm in its sshd_config"
            };
            let mut failure = Failure::new(
                FailureClass::Protocol,
                Stage::Kex,
                format!("{whom} has no {kind:?} algorithm in common with us").to_lowercase(),
                hint,
            );
            failure
                .causes
                .push(text::clean(&format!("it offers {}", theirs.join(" "))));
            return failure;
        }
        Error::WrongServerSig => Failure::new(
            FailureClass::Protocol,
            Stage::Hostkey,
            format!("{whom} could not prove that it holds its host key"),
            "somebody may sit in between; do not connect before this is explained",
        ),
        Error::UnknownKey => protocol(Stage::Hostkey, whom, "changed its host key on the way"),
        Error::Version => protocol(Stage::Kex, whom, "does not speak SSH"),
        Error::Disconnect | Error::HUP | Error::IO(_) if head.is_empty() => Failure::new(
            FailureClass::RateLimited,
            Stage::Kex,
            format!("{whom} closed the connection before a word was said"),
            "wait a minute: too many logins at once (MaxStartups), or an address that it refuses for now or for good \
             (PerSourcePenalties, /etc/hosts.deny); or this is not the port of its SSH server",
        ),
        Error::IO(error) => net::io_failure(Stage::Kex, whom, error),
        Error::Disconnect | Error::HUP => lost(Stage::Kex, whom, farewell),
        _ => protocol(Stage::Kex, whom, "broke off the key exchange"),
    };
    failure.caused_by(error)
}

/// Whether a login that failed after so many `tries` may have done so because others are under way: then another try is
/// worth while. sshd has the same words for that and for an address that it punishes, so those are tried for some
/// seconds too.
pub(super) fn is_crowded(failure: &Failure, tries: u32) -> bool {
    let says_so = TURNED_AWAY
        .iter()
        .any(|words| failure.message.contains(words));
    failure.class == FailureClass::RateLimited && tries < if says_so { 6 } else { 3 }
}

/// How sshd words that it takes no login now, before and since version 9.8.
const TURNED_AWAY: [&str; 2] = ["Exceeded MaxStartups", "Not allowed at this time"];

/// What answered, where the first bytes show that it was no SSH server, or one that turned us away.
fn not_ssh(whom: &str, head: &[u8]) -> Option<Failure> {
    let said = String::from_utf8_lossy(head);
    if TURNED_AWAY.iter().any(|words| said.starts_with(words)) {
        return Some(Failure::new(
            FailureClass::RateLimited,
            Stage::Kex,
            format!("{whom} turns away logins for now: {}", first_line(&said)),
            "wait a minute; PerSourcePenalties and MaxStartups in its sshd_config decide how long and how many",
        ));
    }
    if head.is_empty() || said.contains("SSH-2.0-") || said.contains("SSH-1.99-") {
        return None;
    }
    let what = if http_status(head).is_some() || said.to_lowercase().contains("<html") {
        "an HTTP server answers".to_owned()
    } else if looks_like_tls(head) {
        "a TLS server answers".to_owned()
    } else if said.starts_with("SSH-1.") {
        "an SSH server that only speaks version 1 answers".to_owned()
    } else {
        format!("it says: {}", first_line(&said))
    };
    Some(Failure::new(
        FailureClass::Protocol,
        Stage::Kex,
        format!("{whom} is not an SSH server: {what}"),
        "check the port of the endpoint in the inventory",
    ))
}

fn first_line(said: &str) -> String {
    let line = said.lines().next().unwrap_or_default();
    text::fit(&text::clean(line), 80)
}

/// Nothing more came within the deadline.
pub(super) fn silent(deadline: Deadline, stage: Stage, whom: &str, head: &[u8]) -> Failure {
    if let Some(failure) = not_ssh(whom, head) {
        return failure;
    }
    if head.is_empty() {
        let mut failure = deadline.missed(
            stage,
            &format!("{whom} accepts connections but says nothing"),
        );
        "check that the port is that of an SSH server, and that the host is not out of memory or processes"
            .clone_into(&mut failure.hint);
        return failure;
    }
    deadline.missed(stage, &format!("exchanging keys with {whom}"))
}

/// What `ssh_config` says about a server cannot be done here.
pub(super) fn beyond(host: &str, why: &str) -> Failure {
    Failure::new(
        FailureClass::ProxyBlocked,
        Stage::Name,
        format!("{host} cannot be reached as ssh_config says: {why}"),
        "say how in the inventory: jump = [\"user@host:port\"] goes through other hosts, and jump = [] straight there",
    )
}

/// The server did what the protocol does not allow.
pub(super) fn protocol(stage: Stage, whom: &str, what: &str) -> Failure {
    Failure::new(
        FailureClass::Protocol,
        stage,
        format!("{whom} {what}"),
        "look into the log of its SSH server; ssh -v shows the same conversation",
    )
}

/// The connection ended; with the server's own words where it had any.
pub(super) fn lost(stage: Stage, whom: &str, farewell: Option<String>) -> Failure {
    match farewell {
        Some(words) if words.contains("Too many authentication failures") => too_many(whom, &words),
        Some(words) if !words.is_empty() => Failure::new(
            FailureClass::Protocol,
            stage,
            format!("{whom} ended the connection: {words}"),
            "look into the log of its SSH server",
        ),
        _ => Failure::new(
            FailureClass::Protocol,
            stage,
            format!("the connection to {whom} was lost"),
            "read the host again; if it keeps happening, look at the network and at the log of its SSH server",
        ),
    }
}

/// More keys were offered than the server takes.
pub(super) fn too_many(whom: &str, words: &str) -> Failure {
    Failure::new(
        FailureClass::AuthTooMany,
        Stage::Authentication,
        format!("{whom} counts too many refused keys: {words}"),
        "name the right key with identity_file in the inventory, so that no others are tried first",
    )
}

/// No session channel.
pub(super) fn session_refused(whom: &str, reason: &ChannelOpenFailure) -> Failure {
    Failure::new(
        FailureClass::Protocol,
        Stage::Channel,
        format!("{whom} refuses to run commands"),
        "look at MaxSessions in its sshd_config (10 by default, 0 allows none) and at its load",
    )
    .caused_by(&Error::ChannelOpenFailure(reason.clone()))
}

/// No way from a jump host to the next hop.
pub(super) fn tunnel_refused(jump: &str, whom: &str, reason: &ChannelOpenFailure) -> Failure {
    let (class, message, hint) = match reason {
        ChannelOpenFailure::AdministrativelyProhibited => (
            FailureClass::ForwardRefused,
            format!("the jump host {jump} does not forward to {whom}"),
            "look at AllowTcpForwarding, PermitOpen and DisableForwarding in its sshd_config, and at the options of \
             your key in authorized_keys",
        ),
        _ => (
            FailureClass::Unreachable,
            format!("the jump host {jump} does not reach {whom}"),
            "the jump host looks the name up itself: check the name, the address and the port from there",
        ),
    };
    Failure::new(class, Stage::Tcp, message, hint)
        .caused_by(&Error::ChannelOpenFailure(reason.clone()))
}
