//! Bundled knowledge with a date: support ends and fixed versions.

/// All bundled tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// When the tables were checked, as days since 1970-01-01.
    pub dated_day: i64,
    /// The same day, `YYYY-MM-DD`.
    pub dated: String,
    /// Support ends of operating systems.
    pub systems: Vec<SystemSupport>,
    /// Support of engine branches.
    pub branches: Vec<BranchSupport>,
    /// Fixed vulnerabilities.
    pub advisories: Vec<Advisory>,
}

/// Support of one operating system release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemSupport {
    /// `ID` of os-release.
    pub id: String,
    /// `VERSION_ID`; empty matches any.
    pub version: String,
    /// Last day of support (security updates) as days since 1970-01-01; `None` for rolling releases.
    pub ends_day: Option<i64>,
    /// The same day, `YYYY-MM-DD`; empty where it ended on a day that nobody announced.
    pub ends: String,
    /// What to move to, where the whole system has ended.
    pub successor: String,
}

/// Support of one branch of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchSupport {
    /// `engine`, `containerd` or `runc`.
    pub component: String,
    /// Branch, such as `28` or `1.7`.
    pub branch: String,
    /// Newest release of it.
    pub newest: String,
    /// Whether it still gets fixes.
    pub supported: bool,
}

/// One fixed vulnerability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// `engine`, `containerd` or `runc`.
    pub component: String,
    /// Its number.
    pub id: String,
    /// The first fixed release of each branch, oldest branch first.
    pub fixed: Vec<String>,
    /// How bad.
    pub severity: super::severity::Severity,
    /// When it applies: `always`, `api-users` (whoever may use the API), `authz-plugin`, `managed-plugin`,
    /// `tcp-listener`, `internal-network`, `firewalld`, `firewalld-internal`, `firewalld-swarm`.
    pub when: String,
}
