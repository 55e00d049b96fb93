//! The commands that may be started on a host, and what was started.

use std::sync::{Mutex, PoisonError};

/// What sudo is told to print when it waits for a password.
pub(super) const PROMPT: &str = "[plimsoll asks]";

/// The first line of output once sudo has let us.
pub(super) const ROOT: &str = "plimsoll: root";

/// The closed list of commands that may be started on a host (decisions, 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemoteCommand {
    /// A shell that reads the constant probe script from its input.
    Probe {
        /// As root, through `sudo -n`.
        sudo: bool,
    },
    /// A shell that reads the constant apply script from its input; only a writing link starts it.
    Apply {
        /// As root, through `sudo -n`.
        sudo: bool,
    },
    /// The engine's own relay between standard streams and its socket.
    DialStdio {
        /// As root, through `sudo -n`.
        sudo: bool,
    },
    /// Nothing but a look whether sudo lets us.
    Sudo {
        /// With a password; else whether it needs none.
        asked: bool,
    },
    /// The probe's shell as root, once sudo has the password it asks for.
    ProbeByPassword,
    /// The relay as root, the same way.
    RelayByPassword,
    /// The probe that an administrator installed behind a forced command.
    InstalledProbe,
    /// The relay to the engine behind a forced command.
    InstalledRelay,
}

impl RemoteCommand {
    /// The words sent to the host: constants, never built from data.
    pub fn words(self) -> &'static str {
        match self {
            Self::Probe { sudo: false } => "sh -s",
            Self::Probe { sudo: true } => "sudo -n sh -s",
            // The word does nothing but tell the two apart in the host's logs and sudo rules.
            Self::Apply { sudo: false } => "sh -s apply",
            Self::Apply { sudo: true } => "sudo -n sh -s apply",
            Self::DialStdio { sudo: false } => "docker system dial-stdio",
            Self::DialStdio { sudo: true } => "sudo -n docker system dial-stdio",
            Self::Sudo { asked: false } => "sudo -n true",
            Self::Sudo { asked: true } => "sudo -k -S -p '[plimsoll asks]' echo plimsoll: root",
            // What follows is written only when sudo has let us, or it would be taken for passwords.
            Self::ProbeByPassword => {
                "sudo -k -S -p '[plimsoll asks]' sh -c 'echo plimsoll: root; exec sh -s'"
            }
            Self::RelayByPassword => {
                "sudo -k -S -p '[plimsoll asks]' sh -c 'echo plimsoll: root; exec docker system dial-stdio'"
            }
            Self::InstalledProbe => "probe",
            Self::InstalledRelay => "engine",
        }
    }
}

/// What was started over one connection.
#[derive(Debug, Default)]
pub struct Commands(Mutex<Vec<RemoteCommand>>);

impl Commands {
    /// Notes a command that is about to be started, so that one that is refused is told too.
    pub fn note(&self, command: RemoteCommand) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(command);
    }

    /// Every command so far.
    pub fn all(&self) -> Vec<RemoteCommand> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
