//! The closed list of questions to an engine, and how each is written as a request.

use std::fmt;

/// A version of the engine's API, such as `1.45`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    major: u16,
    minor: u16,
}

impl ApiVersion {
    /// The newest version whose answers are known here.
    pub const OURS: Self = Self {
        major: ours().0,
        minor: ours().1,
    };

    /// The oldest version that is spoken (Docker 1.12).
    pub const LEAST: Self = Self {
        major: 1,
        minor: 24,
    };

    /// The version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `1.45`.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.')?;
        let digits = |part: &str| {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        Some(Self {
            major: digits(major)?,
            minor: digits(minor)?,
        })
    }

    /// The version to speak with an engine that speaks up to `theirs`; none where that is too old.
    pub fn negotiate(theirs: Self) -> Option<Self> {
        (theirs >= Self::LEAST).then(|| theirs.min(Self::OURS))
    }
}

const fn ours() -> (u16, u16) {
    let version = bollard::API_DEFAULT_VERSION;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "versions of an API are small"
    )]
    let parts = (version.major_version as u16, version.minor_version as u16);
    parts
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The id or name of an object, in a form that cannot change the meaning of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectId(String);

impl ObjectId {
    /// Longest id or name.
    pub const LONGEST: usize = 128;

    /// Takes `text` if it is a name by the engine's own rule or an id, with or without `sha256:`.
    pub fn new(text: &str) -> Option<Self> {
        let bare = text.strip_prefix("sha256:").unwrap_or(text);
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let fits = (1..=Self::LONGEST).contains(&bare.len())
            && bare
                .bytes()
                .next()
                .is_some_and(|b| b.is_ascii_alphanumeric())
            && bare.bytes().all(plain)
            && !bare.contains("..");
        fits.then(|| Self(text.to_owned()))
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Columns asked of `ps` for the processes of a container: names of programs, never their arguments.
pub(crate) const PS: &str = "ps_args=-eo%20pid%2Cuid%2Ccomm";

/// A question to an engine. There is no other way to ask than through one of these.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the API's own paths")]
pub enum EngineRead {
    Ping,
    Version,
    Info,
    Containers,
    Container(ObjectId),
    Top(ObjectId),
    Changes(ObjectId),
    Stats(ObjectId),
    Images,
    Image(ObjectId),
    History(ObjectId),
    Attestations(ObjectId),
    Networks,
    Network(ObjectId),
    Volumes,
    Volume(ObjectId),
    Plugins,
    Swarm,
    Nodes,
    Services,
    Tasks,
    Secrets,
    Configs,
    Exec(ObjectId),
    BuildCache,
    /// What happened between two points in time, seconds since 1970-01-01 UTC.
    Events {
        since: u64,
        until: u64,
    },
}

impl EngineRead {
    /// The path without version prefix and query.
    pub fn path(&self) -> String {
        let of = |kind: &str, id: &ObjectId, what: &str| format!("/{kind}/{}{what}", id.as_str());
        match self {
            Self::Ping => "/_ping".to_owned(),
            Self::Version => "/version".to_owned(),
            Self::Info => "/info".to_owned(),
            Self::Containers => "/containers/json".to_owned(),
            Self::Container(id) => of("containers", id, "/json"),
            Self::Top(id) => of("containers", id, "/top"),
            Self::Changes(id) => of("containers", id, "/changes"),
            Self::Stats(id) => of("containers", id, "/stats"),
            Self::Images => "/images/json".to_owned(),
            Self::Image(id) => of("images", id, "/json"),
            Self::History(id) => of("images", id, "/history"),
            Self::Attestations(id) => of("images", id, "/attestations"),
            Self::Networks => "/networks".to_owned(),
            Self::Network(id) => of("networks", id, ""),
            Self::Volumes => "/volumes".to_owned(),
            Self::Volume(id) => of("volumes", id, ""),
            Self::Plugins => "/plugins".to_owned(),
            Self::Swarm => "/swarm".to_owned(),
            Self::Nodes => "/nodes".to_owned(),
            Self::Services => "/services".to_owned(),
            Self::Tasks => "/tasks".to_owned(),
            Self::Secrets => "/secrets".to_owned(),
            Self::Configs => "/configs".to_owned(),
            Self::Exec(id) => of("exec", id, "/json"),
            Self::BuildCache => "/system/df".to_owned(),
            Self::Events { .. } => "/events".to_owned(),
        }
    }

    /// The target of the request, with the version prefix where one was negotiated.
    pub fn target(&self, version: Option<ApiVersion>) -> String {
        let path = self.path();
        let query = match self {
            Self::Containers => "?all=1".to_owned(),
            Self::Top(_) => format!("?{PS}"),
            Self::Stats(_) => "?stream=false&one-shot=true".to_owned(),
            Self::BuildCache => "?type=build-cache".to_owned(),
            Self::Events { since, until } => format!("?since={since}&until={until}"),
            _ => String::new(),
        };
        match version {
            // The one path that every engine answers whatever it speaks.
            Some(version) if *self != Self::Ping => format!("/v{version}{path}{query}"),
            _ => format!("{path}{query}"),
        }
    }

    /// Most bytes of an answer that are read.
    pub fn limit(&self) -> usize {
        const MIB: usize = 1 << 20;
        match self {
            Self::Ping => 4 << 10,
            Self::Version => MIB,
            Self::Containers | Self::Images | Self::Configs | Self::Tasks => 32 * MIB,
            Self::Volumes
            | Self::Networks
            | Self::Services
            | Self::BuildCache
            | Self::Events { .. } => 16 * MIB,
            _ => 4 * MIB,
        }
    }
}
