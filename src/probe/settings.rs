//! The daemon's settings: every key it knows, how the command line spells it, and which values may be kept.

use std::collections::BTreeMap;

use crate::domain::evidence::host::{Setting, Settings};
use crate::domain::evidence::secret::Looks;
use crate::domain::text::clean;
use crate::redact::Redactor;

use super::daemon_json::{self, Node};

/// The kind of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Text,
    List,
    /// `name=value` on the command line, an object in the file.
    Map,
}

/// What may be kept of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// All of it; user names and passwords in addresses are still taken out.
    All,
    /// Of `key=value` only the key.
    Names,
    /// Of a map, the values with these names.
    Only(&'static [&'static str]),
    /// Nothing but a keyed hash.
    Nothing,
}

/// One key of the configuration file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// Its flag, where it is spelled differently there.
    flag: &'static str,
    /// Its one-letter flag.
    short: Option<char>,
    /// Its kind.
    pub(super) kind: Kind,
    keep: Keep,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        flag: name,
        short: None,
        kind,
        keep: Keep::All,
    }
}

const fn named(name: &'static str, flag: &'static str, kind: Kind) -> Key {
    Key {
        flag,
        ..key(name, kind)
    }
}

const fn short(name: &'static str, flag: &'static str, letter: char, kind: Kind) -> Key {
    Key {
        short: Some(letter),
        ..named(name, flag, kind)
    }
}

/// Options of log drivers whose values say how much is logged and where to, and hold no secret.
const LOG_OPTIONS: &[&str] = &[
    "max-size",
    "max-file",
    "max-buffer-size",
    "mode",
    "compress",
    "tag",
    "labels",
    "labels-regex",
    "env",
    "env-regex",
    "syslog-address",
    "syslog-facility",
    "syslog-format",
    "syslog-tls-ca-cert",
    "syslog-tls-cert",
    "syslog-tls-key",
    "syslog-tls-skip-verify",
    "gelf-address",
    "gelf-compression-type",
    "fluentd-address",
    "fluentd-async",
    "awslogs-region",
    "awslogs-group",
    "awslogs-stream",
    "gcp-project",
    "splunk-url",
    "splunk-insecureskipverify",
    "splunk-verify-connection",
    "splunk-format",
    "cache-disabled",
    "cache-max-size",
    "cache-max-file",
];

/// Every key known to some version from 1.12 on.
const KEYS: &[Key] = &[
    key("allow-direct-routing", Kind::Bool),
    named(
        "allow-nondistributable-artifacts",
        "allow-nondistributable-artifacts",
        Kind::List,
    ),
    key("api-cors-header", Kind::Text),
    named("authorization-plugins", "authorization-plugin", Kind::List),
    key("bip", Kind::Text),
    key("bip6", Kind::Text),
    short("bridge", "bridge", 'b', Kind::Text),
    key("bridge-accept-fwmark", Kind::Text),
    Key {
        keep: Keep::All,
        ..key("builder", Kind::Map)
    },
    named("cdi-spec-dirs", "cdi-spec-dir", Kind::List),
    key("cgroup-parent", Kind::Text),
    key("cluster-advertise", Kind::Text),
    key("cluster-store", Kind::Text),
    Key {
        keep: Keep::Nothing,
        ..named("cluster-store-opts", "cluster-store-opt", Kind::Map)
    },
    key("containerd", Kind::Text),
    key("containerd-namespace", Kind::Text),
    named(
        "containerd-plugin-namespace",
        "containerd-plugins-namespace",
        Kind::Text,
    ),
    key("cpu-rt-period", Kind::Int),
    key("cpu-rt-runtime", Kind::Int),
    key("cri-containerd", Kind::Bool),
    short("data-root", "data-root", 'g', Kind::Text),
    short("debug", "debug", 'D', Kind::Bool),
    named("default-address-pools", "default-address-pool", Kind::List),
    key("default-cgroupns-mode", Kind::Text),
    key("default-gateway", Kind::Text),
    key("default-gateway-v6", Kind::Text),
    key("default-ipc-mode", Kind::Text),
    named("default-network-opts", "default-network-opt", Kind::Map),
    key("default-runtime", Kind::Text),
    key("default-shm-size", Kind::Text),
    key("default-stop-timeout", Kind::Int),
    named("default-ulimits", "default-ulimit", Kind::Map),
    key("deprecated-key-path", Kind::Text),
    key("disable-legacy-registry", Kind::Bool),
    key("dns", Kind::List),
    named("dns-opts", "dns-opt", Kind::List),
    key("dns-search", Kind::List),
    named("exec-opts", "exec-opt", Kind::List),
    key("exec-root", Kind::Text),
    key("experimental", Kind::Bool),
    named("features", "feature", Kind::Map),
    key("firewall-backend", Kind::Text),
    key("fixed-cidr", Kind::Text),
    key("fixed-cidr-v6", Kind::Text),
    key("graph", Kind::Text),
    short("group", "group", 'G', Kind::Text),
    key("host-gateway-ip", Kind::Text),
    named("host-gateway-ips", "host-gateway-ips", Kind::List),
    short("hosts", "host", 'H', Kind::List),
    key("icc", Kind::Bool),
    key("init", Kind::Bool),
    key("init-path", Kind::Text),
    named("insecure-registries", "insecure-registry", Kind::List),
    key("ip", Kind::Text),
    key("ip-forward", Kind::Bool),
    key("ip-forward-no-drop", Kind::Bool),
    key("ip-masq", Kind::Bool),
    key("ip6tables", Kind::Bool),
    key("iptables", Kind::Bool),
    key("ipv6", Kind::Bool),
    Key {
        keep: Keep::Names,
        ..named("labels", "label", Kind::List)
    },
    key("live-restore", Kind::Bool),
    key("log-driver", Kind::Text),
    key("log-format", Kind::Text),
    short("log-level", "log-level", 'l', Kind::Text),
    Key {
        keep: Keep::Only(LOG_OPTIONS),
        ..named("log-opts", "log-opt", Kind::Map)
    },
    key("max-concurrent-downloads", Kind::Int),
    key("max-concurrent-uploads", Kind::Int),
    key("max-download-attempts", Kind::Int),
    key("metrics-addr", Kind::Text),
    key("min-api-version", Kind::Text),
    key("mtu", Kind::Int),
    key("network-control-plane-mtu", Kind::Int),
    key("network-diagnostic-port", Kind::Int),
    key("no-new-privileges", Kind::Bool),
    named(
        "node-generic-resources",
        "node-generic-resource",
        Kind::List,
    ),
    key("nri-opts", Kind::Map),
    key("oom-score-adjust", Kind::Int),
    short("pidfile", "pidfile", 'p', Kind::Text),
    key("proxies", Kind::Map),
    key("raw-logs", Kind::Bool),
    named("registry-mirrors", "registry-mirror", Kind::List),
    key("rootless", Kind::Bool),
    Key {
        keep: Keep::All,
        ..named("runtimes", "add-runtime", Kind::Map)
    },
    key("seccomp-profile", Kind::Text),
    key("selinux-enabled", Kind::Bool),
    key("shutdown-timeout", Kind::Int),
    short("storage-driver", "storage-driver", 's', Kind::Text),
    named("storage-opts", "storage-opt", Kind::List),
    key("swarm-default-advertise-addr", Kind::Text),
    key("swarm-raft-heartbeat-tick", Kind::Int),
    key("swarm-raft-election-tick", Kind::Int),
    key("tls", Kind::Bool),
    key("tlscacert", Kind::Text),
    key("tlscert", Kind::Text),
    key("tlskey", Kind::Text),
    key("tlsverify", Kind::Bool),
    key("userland-proxy", Kind::Bool),
    key("userland-proxy-path", Kind::Text),
    key("userns-remap", Kind::Text),
];

/// Flags that are not settings but are known, so that their values are not taken for something else.
const OTHER_FLAGS: &[(&str, Kind)] = &[
    ("config-file", Kind::Text),
    ("validate", Kind::Bool),
    ("version", Kind::Bool),
    ("help", Kind::Bool),
];

/// Flags that set one pair of the map `proxies`.
pub(super) const PROXY_FLAGS: &[&str] = &["http-proxy", "https-proxy", "no-proxy"];

/// The key that the flag `--flag` sets.
pub(super) fn by_flag(flag: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.flag == flag)
}

/// The key that the one-letter flag sets.
pub(super) fn by_letter(letter: char) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.short == Some(letter))
}

/// The kind of a flag that is not a setting.
pub(super) fn other_flag(flag: &str) -> Option<Kind> {
    OTHER_FLAGS
        .iter()
        .find(|(name, _)| *name == flag)
        .map(|(_, kind)| *kind)
}

/// Settings from the text of the configuration file.
pub(super) fn from_file(raw: &[u8], redactor: &Redactor) -> Settings {
    let members = match daemon_json::parse(raw) {
        Ok(members) => members,
        Err(why) => {
            return Settings {
                invalid: Some(why),
                ..Settings::default()
            };
        }
    };
    let guard = Guard { redactor };
    let values = members
        .iter()
        .filter_map(|(name, value)| Some((clean(name), guard.setting(name, value)?)))
        .collect();
    Settings {
        values,
        invalid: None,
        duplicates: daemon_json::duplicates(&members),
    }
}

/// Decides what may be kept of values, and makes the stand-ins.
pub(super) struct Guard<'a> {
    /// Makes fingerprints.
    pub(super) redactor: &'a Redactor,
}

impl Guard<'_> {
    /// The setting `name` with what may be kept of its value; nothing for null, which sets nothing.
    pub(super) fn setting(&self, name: &str, value: &Node) -> Option<Setting> {
        let keep = KEYS
            .iter()
            .find(|key| key.name == name)
            .map_or(Keep::Nothing, |key| key.keep);
        Some(match value {
            Node::Null => return None,
            Node::Bool(on) => Setting::Bool(*on),
            Node::Int(number) => Setting::Int(*number),
            Node::Number(number) => Setting::Text(number.clone()),
            Node::Text(text) => Setting::Text(self.text(keep, name, text)),
            Node::List(items) => Setting::List(
                items
                    .iter()
                    .map(|item| self.flat(keep, name, item))
                    .collect(),
            ),
            Node::Map(members) => Setting::Map(self.map(keep, name, members)),
        })
    }

    fn map(&self, keep: Keep, name: &str, members: &[(String, Node)]) -> BTreeMap<String, String> {
        members
            .iter()
            .map(|(inner, value)| {
                let keep = match keep {
                    Keep::Only(names) if names.contains(&inner.as_str()) => Keep::All,
                    Keep::Only(_) => Keep::Nothing,
                    keep => keep,
                };
                (
                    clean(inner),
                    self.flat(keep, &format!("{name}.{inner}"), value),
                )
            })
            .collect()
    }

    /// A value as one text: structures as compact JSON.
    fn flat(&self, keep: Keep, name: &str, value: &Node) -> String {
        match value {
            Node::Text(text) => self.text(keep, name, text),
            other => self.json(keep, name, other).to_string(),
        }
    }

    fn json(&self, keep: Keep, name: &str, value: &Node) -> serde_json::Value {
        match value {
            Node::Null => serde_json::Value::Null,
            Node::Bool(on) => (*on).into(),
            Node::Int(number) => (*number).into(),
            Node::Number(number) => number.clone().into(),
            Node::Text(text) => self.text(keep, name, text).into(),
            Node::List(items) => items
                .iter()
                .map(|item| self.json(keep, name, item))
                .collect(),
            Node::Map(members) => serde_json::Value::Object(
                members
                    .iter()
                    .map(|(key, item)| (clean(key), self.json(keep, key, item)))
                    .collect(),
            ),
        }
    }

    /// What may be kept of one text.
    fn text(&self, keep: Keep, name: &str, text: &str) -> String {
        let hidden = self.redactor.hidden(name, text);
        let nothing_of_it = stand_in(&hidden.fingerprint);
        match keep {
            Keep::Nothing | Keep::Only(_) => nothing_of_it,
            Keep::Names => match text.split_once('=') {
                Some((label, value)) => {
                    let fingerprint = self.redactor.fingerprint(value.as_bytes());
                    format!("{}={}", clean(label), stand_in(&fingerprint))
                }
                None => clean(text),
            },
            Keep::All if hidden.looks == Looks::Secret && without_credentials(text) == text => {
                nothing_of_it
            }
            Keep::All => clean(&self.redactor.text(&without_credentials(text)).shown),
        }
    }
}

/// What stands for a value of which nothing may be kept; equal values have equal stand-ins.
fn stand_in(fingerprint: &str) -> String {
    format!("(hidden {fingerprint})")
}

/// `text` with `***` for the user name and password of an address, if it has any.
fn without_credentials(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    match authority.rsplit_once('@') {
        // A password may itself hold a slash; then everything up to the last `@` goes.
        None if !scheme.is_empty() && tail.contains('@') => {
            format!(
                "{scheme}***@{}",
                tail.rsplit_once('@').map_or("", |(_, host)| host)
            )
        }
        None => text.to_owned(),
        Some((_, host)) => format!("{scheme}***@{host}{tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Setting, from_file, without_credentials};
    use crate::redact::Redactor;

    #[test]
    fn addresses_lose_their_credentials() {
        assert_eq!(
            without_credentials("http://u:p@proxy:3128/x"),
            "http://***@proxy:3128/x"
        );
        assert_eq!(
            without_credentials("http://u:p/q@proxy:3128"),
            "http://***@proxy:3128"
        );
        assert_eq!(without_credentials("u:p@proxy:3128"), "***@proxy:3128");
        assert_eq!(
            without_credentials("https://mirror.example.org"),
            "https://mirror.example.org"
        );
        assert_eq!(without_credentials("/etc/docker/a@b"), "/etc/docker/a@b");
    }

    #[test]
    fn no_secret_of_a_file_survives() {
        let raw = br#"{"labels": ["password=s3cret-1", "plain"], "log-opts": {"splunk-token": "s3cret-2", "max-size": "10m"},
            "proxies": {"http-proxy": "http://u:s3cret-3@p:1"}, "unheard-of": {"a": ["s3cret-4", {"b": "s3cret-5"}]},
            "cluster-store-opts": {"x": "s3cret-6"}, "registry-mirrors": ["https://u:s3cret-7@m"], "icc": false, "dns": null,
            "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000}}}"#;
        let settings = from_file(raw, &Redactor::new([7; 32]));
        let told = format!("{settings:?}");
        assert!(!told.contains("s3cret"), "{told}");
        assert_eq!(settings.values["icc"], Setting::Bool(false));
        assert!(!settings.values.contains_key("dns"));
        let Setting::Map(options) = &settings.values["log-opts"] else {
            panic!("{told}")
        };
        assert_eq!(options["max-size"], "10m");
        assert!(options["splunk-token"].starts_with("(hidden "));
        let Setting::Map(proxies) = &settings.values["proxies"] else {
            panic!("{told}")
        };
        assert_eq!(proxies["http-proxy"], "http://***@p:1");
        let Setting::Map(limits) = &settings.values["default-ulimits"] else {
            panic!("{told}")
        };
        assert_eq!(limits["nofile"], "{\"Name\":\"nofile\",\"Hard\":64000}");
    }
}
