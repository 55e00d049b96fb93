//! Errors that end the program: usage, inventory and configuration. What goes wrong on a host is data, not an error.

use std::fmt;

/// An error with what to do about it and the exit code it deserves (contract, section 2).
#[derive(Debug)]
pub struct Error {
    /// What kind it is; decides the exit code.
    pub kind: Kind,
    /// What failed, in lower case without a full stop; may span lines for the errors of a file.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Usage, inventory or configuration; nothing was contacted.
    Usage,
    /// A guardrail or read-only mode does not allow it.
    Refused,
    /// Our own fault, or the machine's.
    Internal,
}

impl Error {
    /// Usage, inventory or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Usage,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// A guardrail or read-only mode does not allow it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Refused,
            ..Self::usage(message)
        }
    }

    /// Our own fault, or the machine's.
    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Internal,
            ..Self::usage(message)
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what caused it.
    #[must_use]
    pub fn source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Usage => 2,
            Kind::Refused => 6,
            Kind::Internal => 70,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}
