//! The keys of an inventory, table by table. `docs/inventory.md` describes each; a test holds the two together.

/// At the top of the file.
pub const ROOT: &[&str] = &[
    "version",
    "defaults",
    "groups",
    "hosts",
    "policy",
    "guardrails",
    "store",
    "waivers",
];

/// In `[defaults]`.
pub const DEFAULTS: &[&str] = &[
    "user",
    "sudo",
    "mode",
    "reason",
    "host_key",
    "connect_timeout",
    "host_timeout",
    "profile",
    "endpoint",
    "jump",
    "identity_file",
    "known_hosts",
    "tls",
    "insecure",
    "labels",
];

/// In `[groups.NAME]`, besides those of [`DEFAULTS`].
pub const GROUP: &[&str] = &["policy", "guardrails"];

/// In `[[hosts]]`, besides those of [`DEFAULTS`] and [`GROUP`].
pub const HOST: &[&str] = &["name", "groups"];

/// In a profile of one's own, a file for itself.
pub const PROFILE: &[&str] = &[
    "version",
    "about",
    "base",
    "include",
    "exclude",
    "severity",
    "parameters",
];

/// In `tls`.
pub const TLS: &[&str] = &["ca", "cert", "key", "server_name", "system_roots"];

/// In `guardrails`.
pub const GUARDRAILS: &[&str] = &["deny", "confirm", "max_batch", "window", "reason"];

/// In `[store]`.
pub const STORE: &[&str] = &["url", "keep"];

/// In `[[waivers]]`.
pub const WAIVER: &[&str] = &[
    "control",
    "hosts",
    "subject",
    "image",
    "label",
    "owner",
    "reason",
    "approved_by",
    "granted",
    "ticket",
    "expires",
];
