//! The way to a host's engine, in a form that outlives the connection: what worked once is tried first the next time.

use std::fmt;

use super::RemoteCommand;
use crate::domain::host::HostHeader;

/// The way to the engine of a host that is reached by SSH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// A forwarded channel to this socket.
    Socket(String),
    /// A command that relays between its standard streams and the engine.
    Relay(Relayer),
}

/// Who runs the engine's own relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relayer {
    /// The account that logs in.
    Account,
    /// Root, through sudo.
    Root,
    /// A forced command that an administrator installed.
    Installed,
}

impl Relayer {
    /// What is run.
    pub(super) fn command(self) -> RemoteCommand {
        match self {
            Self::Account => RemoteCommand::DialStdio { sudo: false },
            Self::Root => RemoteCommand::DialStdio { sudo: true },
            Self::Installed => RemoteCommand::InstalledRelay,
        }
    }
}

impl Route {
    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "relay" => Some(Self::Relay(Relayer::Account)),
            "relay as root" => Some(Self::Relay(Relayer::Root)),
            "installed relay" => Some(Self::Relay(Relayer::Installed)),
            _ => {
                let path = text.strip_prefix("socket ")?;
                path.starts_with('/').then(|| Self::Socket(path.to_owned()))
            }
        }
    }

    /// The way for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Socket(path) => format!("forwarded {path}"),
            Self::Relay(relayer) => relayer.command().words().to_owned(),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "socket {path}"),
            Self::Relay(Relayer::Account) => f.write_str("relay"),
            Self::Relay(Relayer::Root) => f.write_str("relay as root"),
            Self::Relay(Relayer::Installed) => f.write_str("installed relay"),
        }
    }
}

/// Remembers the way to each host's engine from one run to the next. What it tells is a guess: it is tried first, and
/// where it no longer works everything else is tried as if nothing had been remembered.
pub trait Memory: Send + Sync {
    /// The way that worked last.
    fn recall(&self, host: &HostHeader) -> Option<Route>;

    /// Keeps a way that has just worked.
    fn remember(&self, host: &HostHeader, route: &Route);
}

/// Remembers nothing.
pub(super) struct Forgetful;

impl Memory for Forgetful {
    fn recall(&self, _host: &HostHeader) -> Option<Route> {
        None
    }

    fn remember(&self, _host: &HostHeader, _route: &Route) {}
}

#[cfg(test)]
mod tests {
    use super::{Relayer, Route};

    #[test]
    fn what_is_written_is_read() {
        for route in [
            Route::Socket("/run/user/1000/docker.sock".to_owned()),
            Route::Relay(Relayer::Account),
            Route::Relay(Relayer::Root),
            Route::Relay(Relayer::Installed),
        ] {
            assert_eq!(Route::parse(&route.to_string()), Some(route));
        }
        for odd in ["", "socket", "socket relative", "relay as nobody"] {
            assert_eq!(Route::parse(odd), None, "{odd}");
        }
    }
}
