//! The power to change hosts as a value: whoever does not hold it cannot write, whatever else goes wrong.

use std::marker::PhantomData;

use crate::domain::host::Mode;

/// What this process may do, decided once from the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// May only read.
    Auditor,
    /// May also repair, where the inventory allows it.
    Operator,
}

impl Authority {
    /// The right to write; an auditor has none.
    pub fn grant(self) -> Option<WriteGrant> {
        match self {
            Self::Auditor => None,
            Self::Operator => Some(WriteGrant { _made_here: () }),
        }
    }
}

/// The right of this process to write at all. Cannot be copied, made up or read from a file.
#[derive(Debug)]
pub struct WriteGrant {
    _made_here: (),
}

impl WriteGrant {
    /// The right to write on a host of `mode`; none where the inventory says that it is only read.
    pub fn for_host(&self, mode: Mode) -> Option<HostGrant<'_>> {
        match mode {
            Mode::Audit => None,
            Mode::Operator => Some(HostGrant {
                _of: PhantomData,
                _made_here: (),
            }),
        }
    }
}

/// The right to write on one host; used up by [`Link::elevate`](super::link::Link::elevate).
#[derive(Debug)]
pub struct HostGrant<'g> {
    _of: PhantomData<&'g WriteGrant>,
    _made_here: (),
}
