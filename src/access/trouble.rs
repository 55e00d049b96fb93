//! What a missing or unwelcome answer means: a gap for the one question, a failure where nothing was answered.

use super::engine::Asked;
use super::http::{Answer, Broken};
use super::question::EngineRead;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::gap::{Gap, Known};
use crate::domain::text::{clean, fit};

const NOT_AN_ENGINE: &str =
    "check the port: something else than an engine listens there, or a proxy stands in between";
/// Longest piece of an engine's own words in a message, in columns.
const LONGEST_WORDS: usize = 200;

/// Why a question has no answer, before it is put into the words of a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No answer, or none that is HTTP.
    Broken(Broken),
    /// Something that is not an engine answered, with this status.
    Html(u16),
    /// The engine refused with this status and these words.
    Status(u16, String),
    /// No stream to the engine could be opened.
    Unopened(Box<Failure>),
}

/// The body of a good answer, or what is wrong with it.
pub(super) fn settle(answer: Result<Answer, Broken>) -> Result<Vec<u8>, Trouble> {
    let answer = answer.map_err(Trouble::Broken)?;
    if answer.html {
        return Err(Trouble::Html(answer.status));
    }
    if answer.status == 200 {
        return Ok(answer.body);
    }
    Err(Trouble::Status(answer.status, words(&answer.body)))
}

/// The engine's own words: `{"message": …}`.
fn words(body: &[u8]) -> String {
    let head = body.get(..body.len().min(64 << 10)).unwrap_or_default();
    let said: Option<serde_json::Value> = serde_json::from_slice(head).ok();
    let message = said
        .as_ref()
        .and_then(|said| said.get("message")?.as_str())
        .unwrap_or_default();
    fit(&clean(message), LONGEST_WORDS)
}

impl Trouble {
    /// The gap that this leaves in the evidence.
    pub fn gap(&self, read: &EngineRead) -> Gap {
        let path = read.path();
        let say = |what: String| format!("GET {path}: {what}");
        match self {
            Self::Broken(broken @ (Broken::Late(_) | Broken::NoTime)) => {
                Gap::timeout(say(broken.to_string()))
            }
            Self::Unopened(failure) | Self::Broken(Broken::Explained(failure)) => {
                failure_gap(failure)
            }
            Self::Broken(broken) => Gap::protocol(say(broken.to_string())),
            Self::Html(401 | 403 | 407) => Gap::permission(say(
                "something in front of the engine refuses it, in HTML".to_owned(),
            )),
            Self::Html(status) => Gap::protocol(say(format!(
                "answered {status} in HTML, so not by an engine"
            ))),
            Self::Status(status, words) => {
                let told = if words.is_empty() {
                    format!("the engine answered {status}")
                } else {
                    format!("the engine answered {status}, {words}")
                };
                status_gap(read, *status, say(told))
            }
        }
    }
}

fn status_gap(read: &EngineRead, status: u16, message: String) -> Gap {
    let about_one = !matches!(
        read,
        EngineRead::Ping
            | EngineRead::Version
            | EngineRead::Info
            | EngineRead::Containers
            | EngineRead::Images
            | EngineRead::Networks
            | EngineRead::Volumes
            | EngineRead::Plugins
            | EngineRead::Swarm
            | EngineRead::Nodes
            | EngineRead::Services
            | EngineRead::Tasks
            | EngineRead::Secrets
            | EngineRead::Configs
            | EngineRead::BuildCache
            | EngineRead::Events { .. }
    );
    match (status, read) {
        (401 | 403 | 407, _) => Gap::permission(message),
        // Gone between the list and the question, or no longer running.
        (404, _) if about_one => Gap::no_data(message),
        (409, EngineRead::Top(_)) => Gap::no_data(message),
        (404 | 405 | 501, _) => Gap::unsupported(message),
        (408 | 504, _) => Gap::timeout(message),
        _ => Gap::protocol(message),
    }
}

/// The gap that a failure to reach the engine leaves in everything that it was to be asked.
pub fn failure_gap(failure: &Failure) -> Gap {
    let message = failure.message.clone();
    match failure.class {
        FailureClass::Timeout => Gap::timeout(message),
        FailureClass::Cancelled => Gap::new(crate::domain::gap::GapClass::Cancelled, message),
        FailureClass::ApiTooOld => Gap::unsupported(message),
        FailureClass::SocketDenied
        | FailureClass::SocketMissing
        | FailureClass::ForwardRefused
        | FailureClass::ProxyBlocked
        | FailureClass::SudoDenied
        | FailureClass::Auth
        | FailureClass::TlsClientCert => Gap::permission(message),
        _ => Gap::protocol(message),
    }
}

/// The failure of an engine that answered none of these.
pub fn failure_of<'a>(asked: impl IntoIterator<Item = &'a Asked>) -> Option<Failure> {
    asked
        .into_iter()
        .find_map(|asked| asked.trouble.as_ref())
        .map(failure)
}

fn failure(trouble: &Trouble) -> Failure {
    let at_engine = |class, message: String, hint: &str| {
        Failure::new(class, Stage::Engine, message, hint.to_owned())
    };
    match trouble {
        Trouble::Unopened(failure) | Trouble::Broken(Broken::Explained(failure)) => {
            failure.as_ref().clone()
        }
        Trouble::Broken(broken @ (Broken::Late(_) | Broken::NoTime)) => at_engine(
            FailureClass::Timeout,
            format!("the engine took the question and gave {broken}"),
            "the engine hangs or is overloaded: look at journalctl -u docker and at docker ps on the host",
        ),
        Trouble::Broken(broken @ (Broken::Silent | Broken::Lost(_))) => at_engine(
            FailureClass::DaemonDown,
            format!("the engine accepted a connection, but {broken}"),
            "the engine is stopping or starting, or talks TLS where none is expected: look at journalctl -u docker",
        ),
        Trouble::Broken(broken) => {
            at_engine(FailureClass::Protocol, broken.to_string(), NOT_AN_ENGINE)
        }
        Trouble::Html(status @ (401 | 403 | 407)) => at_engine(
            FailureClass::ProxyBlocked,
            format!("something in front of the engine answers {status}, in HTML"),
            "let it pass reading requests (GET /version, /info, /containers/json …), or name another endpoint",
        ),
        Trouble::Html(status) => at_engine(
            FailureClass::Protocol,
            format!("the answer is HTML with status {status}, so not an engine's"),
            NOT_AN_ENGINE,
        ),
        Trouble::Status(status @ (401 | 403), words) => at_engine(
            FailureClass::SocketDenied,
            format!("the engine refuses to answer ({status}): {words}"),
            "an authorization plugin or a proxy says no: allow this account the listed read requests",
        ),
        Trouble::Status(status, words) => at_engine(
            FailureClass::Protocol,
            format!("the engine answers {status}: {words}"),
            "look at journalctl -u docker on the host",
        ),
    }
}

/// The answer as evidence wants it.
pub(super) fn known(
    read: &EngineRead,
    body: Result<Vec<u8>, Trouble>,
) -> (Known<Vec<u8>>, Option<Trouble>) {
    match body {
        Ok(body) => (Ok(body), None),
        Err(trouble) => (Err(trouble.gap(read)), Some(trouble)),
    }
}
