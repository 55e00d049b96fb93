//! Where a file of interest is, before a host has said where.
//!
//! Controls name places; each host's discovery turns a place into paths, once, so that a moved data root or a
//! second configuration file is judged where it really is.

/// A place on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A fixed path.
    Fixed(&'static str),
    /// Regular files below a fixed folder, at most two levels deep, whose names end so (empty: all).
    Below(&'static str, &'static str),
    /// Folders below (and including) a fixed folder, at most two levels deep.
    Folders(&'static str),
    /// The main file of a systemd unit.
    Unit(&'static str),
    /// The drop-ins of a systemd unit.
    DropIns(&'static str),
    /// The file named by a setting of the daemon, such as `tlskey`.
    Setting(&'static str),
    /// A name in the folder of the file that a setting of the daemon names.
    Beside(&'static str, &'static str),
    /// The configuration file that the daemon really reads.
    DaemonConfig,
    /// The daemon's data root.
    DataRoot,
    /// A name inside the daemon's data root.
    InDataRoot(&'static str),
    /// The sockets on which the engine listens.
    EngineSocket,
    /// A path below the home folder of the user that runs a rootless engine.
    RootlessHome(&'static str),
    /// The sockets of Podman's API.
    PodmanSocket,
    /// The socket of containerd.
    ContainerdSocket,
    /// A program found on the daemon's usual path, such as `dockerd`.
    Program(&'static str),
}
