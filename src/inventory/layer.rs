//! The settings that defaults, groups and hosts share, as one of them gives them.
//!
//! Checks each value on its own; what values mean together is the business of `resolve`.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::Environment;
use super::guard;
use super::keys;
use super::read::{At, Log, Table, number, text, wrong};
use super::spec::{FileRole, Guardrails, HostKeyPolicy, Sudo};
use super::values::{self, Wrong, check_path, check_template, check_user};
use super::words::{did_you_mean, one_of};
use crate::domain::control::ParameterKind as Kind;
use crate::domain::host::Mode;
use crate::domain::policy::PolicyValue;

/// Timeouts shorter than this are mistakes.
pub(super) const LEAST_TIMEOUT: Duration = Duration::from_millis(100);
/// Longest time to connect.
const MOST_CONNECT: Duration = Duration::from_hours(1);
/// Longest time for a host.
pub(super) const MOST_HOST: Duration = Duration::from_hours(24);

/// What one of defaults, group or host says; `None` is silence.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    pub(super) user: Option<String>,
    pub(super) sudo: Option<Sudo>,
    pub(super) mode: Option<Mode>,
    pub(super) reason: Option<String>,
    pub(super) host_key: Option<HostKeyPolicy>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) host_timeout: Option<Duration>,
    pub(super) profile: Option<String>,
    pub(super) endpoint: Option<At<String>>,
    pub(super) jump: Option<Vec<At<String>>>,
    pub(super) identity_files: Option<Vec<At<String>>>,
    pub(super) known_hosts: Option<Vec<At<String>>>,
    pub(super) security: Option<At<Security>>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) policy: BTreeMap<String, PolicyValue>,
    pub(super) guardrails: Guardrails,
}

/// How a TCP endpoint is secured.
#[derive(Debug, Clone)]
pub(super) enum Security {
    Tls {
        /// Those that are named, in the order of their kinds.
        files: Vec<(FileRole, At<String>)>,
        system_roots: bool,
        server_name: Option<String>,
    },
    Plain,
    /// `insecure = false`, to take back what is farther away.
    Unset,
    /// Something that was complained of already.
    Broken,
}

impl Layer {
    /// Reads the settings of `table`; `policy` and `guardrails` come from the tables given, wherever they are.
    pub(super) fn read(
        log: &mut Log<'_>,
        table: &Table<'_>,
        environment: &Environment<'_>,
    ) -> Self {
        Self {
            user: checked(log, table, "user", check_user).map(|user| user.value),
            sudo: table.word(
                log,
                "sudo",
                &[
                    ("never", Sudo::Never),
                    ("auto", Sudo::Auto),
                    ("ask", Sudo::Ask),
                ],
            ),
            mode: table.word(
                log,
                "mode",
                &[("operator", Mode::Operator), ("audit", Mode::Audit)],
            ),
            reason: table.text(log, "reason").map(|reason| reason.value),
            host_key: table.word(
                log,
                "host_key",
                &[
                    ("strict", HostKeyPolicy::Strict),
                    ("ask", HostKeyPolicy::Ask),
                    ("accept-new", HostKeyPolicy::AcceptNew),
                ],
            ),
            connect_timeout: timeout(log, table, "connect_timeout", MOST_CONNECT),
            host_timeout: timeout(log, table, "host_timeout", MOST_HOST),
            profile: profile(log, table, environment),
            endpoint: table.text(log, "endpoint"),
            jump: table.texts(log, "jump"),
            identity_files: paths(log, table, "identity_file", environment),
            known_hosts: paths(log, table, "known_hosts", environment),
            security: security(log, table, environment),
            labels: labels(log, table),
            policy: table
                .table(log, "policy", format!("the policy of {}", table.name))
                .map(|policy| self::policy(log, &policy, environment))
                .unwrap_or_default(),
            guardrails: table
                .table(
                    log,
                    "guardrails",
                    format!("the guardrails of {}", table.name),
                )
                .map(|rails| guard::read(log, &rails, environment))
                .unwrap_or_default(),
        }
    }
}

/// The text of `key` if `check` accepts it.
pub(super) fn checked(
    log: &mut Log<'_>,
    table: &Table<'_>,
    key: &str,
    check: impl Fn(&str) -> Result<(), Wrong>,
) -> Option<At<String>> {
    let text = table.text(log, key)?;
    accepted(log, text, check)
}

fn accepted(
    log: &mut Log<'_>,
    text: At<String>,
    check: impl Fn(&str) -> Result<(), Wrong>,
) -> Option<At<String>> {
    match check(&text.value) {
        Ok(()) => Some(text),
        Err(Wrong { message, hint }) => {
            log.add(&text.span, message, hint);
            None
        }
    }
}

fn timeout(log: &mut Log<'_>, table: &Table<'_>, key: &str, most: Duration) -> Option<Duration> {
    duration(log, table, key, LEAST_TIMEOUT, most)
}

/// The duration of `key`.
pub(super) fn duration(
    log: &mut Log<'_>,
    table: &Table<'_>,
    key: &str,
    least: Duration,
    most: Duration,
) -> Option<Duration> {
    if let Some(value) = table.get(key)
        && let DeValue::Integer(number) = value.get_ref()
    {
        log.add(
            &value.span(),
            format!("`{key}` needs a unit"),
            Some(format!("write `\"{number}s\"` for seconds")),
        );
        return None;
    }
    let text = table.text(log, key)?;
    match values::duration(&text.value, least, most) {
        Ok(duration) => Some(duration),
        Err(Wrong { message, hint }) => {
            log.add(&text.span, message, hint);
            None
        }
    }
}

fn profile(log: &mut Log<'_>, table: &Table<'_>, environment: &Environment<'_>) -> Option<String> {
    let name = table.text(log, "profile")?;
    if !environment.profiles.contains(&name.value.as_str()) {
        log.add(
            &name.span,
            format!("unknown profile `{}`", name.value),
            Some(one_of(&name.value, environment.profiles)),
        );
        return None;
    }
    Some(name.value)
}

fn paths(
    log: &mut Log<'_>,
    table: &Table<'_>,
    key: &str,
    environment: &Environment<'_>,
) -> Option<Vec<At<String>>> {
    let written = table.texts(log, key)?;
    Some(
        written
            .into_iter()
            .filter_map(|path| accepted(log, path, |text| check_path(text, environment)))
            .collect(),
    )
}

fn security(
    log: &mut Log<'_>,
    table: &Table<'_>,
    environment: &Environment<'_>,
) -> Option<At<Security>> {
    let insecure = table.flag(log, "insecure");
    let tls = table.table(log, "tls", format!("the tls of {}", table.name));
    if tls.is_none() && table.get("tls").is_some() {
        return Some(At {
            value: Security::Broken,
            span: table.key_span("tls"),
        });
    }
    let Some(tls) = tls else {
        return insecure.map(|At { value, span }| At {
            value: if value {
                Security::Plain
            } else {
                Security::Unset
            },
            span,
        });
    };
    if let Some(At { value: true, span }) = insecure {
        log.add(
            &span,
            format!("{} has `tls` and `insecure = true`", table.name),
            Some("leave one of them out".to_owned()),
        );
    }
    tls.check_keys(log, &[keys::TLS]);
    let system_roots = tls.flag(log, "system_roots");
    let mut complete = system_roots.is_some() || tls.get("system_roots").is_none();
    let system_roots = system_roots.is_some_and(|flag| flag.value);
    let mut files = Vec::new();
    for (key, role) in [
        ("ca", FileRole::Ca),
        ("cert", FileRole::Cert),
        ("key", FileRole::Key),
    ] {
        if tls.get(key).is_none() {
            continue;
        }
        let path = tls.text(log, key);
        match path.and_then(|path| accepted(log, path, |text| check_path(text, environment))) {
            Some(path) => files.push((role, path)),
            None => complete = false,
        }
    }
    // A certificate and its key are of no use without each other, and nobody is trusted by default.
    for (given, key) in [("cert", "key"), ("key", "cert")] {
        if tls.get(given).is_some() && tls.get(key).is_none() {
            tls.missing(log, key);
            complete = false;
        }
    }
    if tls.get("ca").is_none() && !system_roots {
        log.add(
            &tls.span,
            format!("{} lacks `ca`", tls.name),
            Some("or `system_roots = true` to trust the authorities of this machine".to_owned()),
        );
        complete = false;
    }
    let server_name = checked(log, &tls, "server_name", check_template).map(|name| name.value);
    Some(At {
        value: if complete {
            Security::Tls {
                files,
                system_roots,
                server_name,
            }
        } else {
            Security::Broken
        },
        span: tls.span,
    })
}

fn labels(log: &mut Log<'_>, table: &Table<'_>) -> BTreeMap<String, String> {
    let Some(labels) = table.table(log, "labels", "labels") else {
        return BTreeMap::new();
    };
    labels
        .entries()
        .filter_map(|(key, value)| {
            let value = text(log, &key.value, value)?;
            Some((key.value, value.value))
        })
        .collect()
}

/// Parameters of controls, each of the kind that its control declares.
pub(super) fn policy(
    log: &mut Log<'_>,
    table: &Table<'_>,
    environment: &Environment<'_>,
) -> BTreeMap<String, PolicyValue> {
    let known = environment.parameters;
    let mut values = BTreeMap::new();
    for (key, value) in table.entries() {
        let Some((_, kind)) = known.iter().find(|(name, _)| *name == key.value) else {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            log.add(
                &key.span,
                format!("unknown parameter `{}` in {}", key.value, table.name),
                did_you_mean(&key.value, names)
                    .or_else(|| Some("`plimsoll controls --format json` lists them".to_owned())),
            );
            continue;
        };
        if let Some(value) = policy_value(log, &key.value, value, *kind) {
            values.insert(key.value, value);
        }
    }
    values
}

fn policy_value(
    log: &mut Log<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    kind: Kind,
) -> Option<PolicyValue> {
    match (kind, value.get_ref()) {
        (Kind::Bool, DeValue::Boolean(on)) => Some(PolicyValue::Bool(*on)),
        (Kind::Int, DeValue::Integer(_)) => number(log, key, value).map(PolicyValue::Int),
        (Kind::Text, DeValue::String(_)) => {
            text(log, key, value).map(|text| PolicyValue::Text(text.value))
        }
        (Kind::List, DeValue::Array(items)) => Some(PolicyValue::List(
            items
                .iter()
                .filter_map(|item| text(log, key, item).map(|text| text.value))
                .collect(),
        )),
        (_, other) => {
            wrong(log, value, key, kind.word(), other);
            None
        }
    }
}
