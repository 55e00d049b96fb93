//! The engine's own relay (`docker system dial-stdio`): whether it answers, and what its complaints mean.
//!
//! The relay says nothing until it is spoken to, so one `_ping` (an allow-listed GET) tells whether it has reached an
//! engine. That is all this module knows of what travels over it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::text;
use crate::transport::{ByteStream, Ended, Process};

/// The only request ever made here.
const PING: &[u8] = b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";

/// Most bytes of the answer that are looked at.
const MAX_ANSWER: usize = 16 << 10;

/// How a relay answered.
pub(super) enum Relay {
    /// The engine answered; the stream is ready for a request, where all of the answer could be taken out of it.
    Answers(Option<ByteStream>),
    /// It ended without a word of the engine.
    Ended(Ended),
    /// Something else talks on its output.
    Babbles(String),
}

/// Asks the engine behind `process` for a sign of life.
pub(super) async fn ask(mut process: Process) -> Relay {
    // A relay that has ended already cannot be written to; what it said last tells more than the write error.
    let written = process.stream.write_all(PING).await;
    let mut answer = Vec::new();
    while written.is_ok() && answer.len() < MAX_ANSWER {
        match process.stream.read_buf(&mut answer).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        if !answer.starts_with(b"HTTP/1.".get(..answer.len().min(7)).unwrap_or_default()) {
            break;
        }
        match rest(&answer) {
            Rest::Unknown => {}
            Rest::Complete => return Relay::Answers(Some(process.stream)),
            Rest::Unclear => return Relay::Answers(None),
        }
    }
    if answer.is_empty() {
        drop(process.stream);
        return Relay::Ended(process.ended.await.unwrap_or_default());
    }
    Relay::Babbles(text::fit(&text::clean_bytes(&answer), 80))
}

enum Rest {
    /// More has to come before it can be told.
    Unknown,
    /// Exactly one answer has come in.
    Complete,
    /// The engine answered, but where the answer ends is not worth finding out.
    Unclear,
}

fn rest(answer: &[u8]) -> Rest {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head) = answer.windows(END.len()).position(|window| window == END) else {
        return Rest::Unknown;
    };
    let body = answer.len() - head - END.len();
    let head = String::from_utf8_lossy(answer.get(..head).unwrap_or_default());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    match length {
        Some(length) if body < length => Rest::Unknown,
        Some(length) if body == length => Rest::Complete,
        _ => Rest::Unclear,
    }
}

/// What the end of a relay says about the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Denied,
    Down,
    Missing,
    NoProgram,
    TooOld,
    NoSudo,
    NoCommands,
    Nothing,
}

/// Reads the complaint of a relay that gave up.
pub(super) fn complaint(ended: &Ended) -> Says {
    let said = ended.stderr.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["refuses to run commands"]) {
        Says::NoCommands
    } else if has(&["sudo:", "not in the sudoers", "a password is required"]) {
        Says::NoSudo
    } else if ended.status == Some(127) || has(&["command not found", "docker: not found"]) {
        Says::NoProgram
    } else if has(&[
        "is not a docker command",
        "unknown command",
        "unrecognized command",
    ]) {
        Says::TooOld
    } else if ended.status != Some(126) && has(&["permission denied"]) {
        Says::Denied
    } else if has(&["no such file or directory"]) {
        Says::Missing
    } else if has(&[
        "cannot connect",
        "connection refused",
        "is the docker daemon running",
    ]) {
        Says::Down
    } else {
        Says::Nothing
    }
}

/// Whether a forced command that knows other words may have ended the relay: nothing shows that it ever ran.
pub(super) fn may_be_forced(ended: &Ended) -> bool {
    matches!(complaint(ended), Says::Nothing | Says::NoSudo) && ended.status != Some(0)
}

/// The failure when no way led to the engine; `ends` are the relays tried, the last one with the most rights.
pub(super) fn no_way(whom: &str, ends: &[(&'static str, Ended)]) -> Failure {
    let says: Vec<Says> = ends.iter().map(|(_, ended)| complaint(ended)).collect();
    // With more rights more is seen, unless they were not granted.
    let telling = says
        .iter()
        .rev()
        .copied()
        .find(|says| matches!(says, Says::Denied | Says::Down | Says::Missing))
        .or_else(|| says.first().copied())
        .unwrap_or(Says::Nothing);
    let (class, message, hint) = match telling {
        Says::Denied => (
            FailureClass::SocketDenied,
            format!("this account may not use the engine's socket on {whom}"),
            "add the account to the group of the socket (which makes it root there), or allow sudo for it and sudo = \
             \"auto\" in the inventory",
        ),
        Says::Down => (
            FailureClass::DaemonDown,
            format!("the engine on {whom} does not run"),
            "look at systemctl status docker and journalctl -u docker on the host",
        ),
        Says::Missing => (
            FailureClass::SocketMissing,
            format!("there is no engine socket on {whom}"),
            "start the engine, or name its socket in the endpoint: ssh://host/path/to/docker.sock",
        ),
        Says::NoProgram => (
            FailureClass::SocketMissing,
            format!("{whom} opens no engine socket for us and has no docker program to relay"),
            "install an engine, or name its socket in the endpoint; if there is one, AllowStreamLocalForwarding and \
             AllowTcpForwarding in its sshd_config keep us from it",
        ),
        Says::TooOld => (
            FailureClass::ForwardRefused,
            format!(
                "{whom} does not forward to the engine's socket, and its docker program is too old to relay"
            ),
            "allow AllowStreamLocalForwarding and AllowTcpForwarding in its sshd_config, or update the docker program",
        ),
        Says::NoCommands => (
            FailureClass::ForwardRefused,
            format!("{whom} neither forwards to the engine's socket nor runs commands"),
            "look at AllowStreamLocalForwarding, AllowTcpForwarding and ForceCommand in its sshd_config and at the \
             options of your key in authorized_keys",
        ),
        Says::NoSudo | Says::Nothing => (
            FailureClass::ForwardRefused,
            format!("{whom} does not forward to the engine's socket, and the relay did not start"),
            "look at AllowStreamLocalForwarding and AllowTcpForwarding in its sshd_config, and try: ssh HOST docker \
             system dial-stdio",
        ),
    };
    let mut failure = Failure::new(class, Stage::Channel, message, hint);
    for (how, ended) in ends {
        let status = ended.status.map_or_else(
            || "no status".to_owned(),
            |status| format!("status {status}"),
        );
        failure
            .causes
            .push(format!("{how} ended with {status}: {}", ended.stderr));
    }
    failure
}
