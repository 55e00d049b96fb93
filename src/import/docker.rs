//! Docker contexts: the files that `docker context create` writes.

use serde::Deserialize;

use super::Found;
use super::entry::{Entry, Settings, Tls};

/// A context with the TLS files that belong to it.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Where it is written, for notes.
    pub place: String,
    /// `meta.json`.
    pub meta: String,
    /// Path of the authority's certificate, where there is such a file.
    pub ca: Option<String>,
    /// Path of our certificate.
    pub cert: Option<String>,
    /// Path of its key.
    pub key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    name: String,
    #[serde(default)]
    endpoints: Endpoints,
}

#[derive(Debug, Default, Deserialize)]
struct Endpoints {
    docker: Option<Endpoint>,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_verify: bool,
}

/// Takes the contexts whose names `wanted` accepts.
pub fn read(contexts: &[Context], wanted: &dyn Fn(&str) -> bool) -> Found {
    let mut found = Found::default();
    for context in contexts {
        let meta: Meta = match serde_json::from_str(&context.meta) {
            Ok(meta) => meta,
            Err(e) => {
                found.note(&context.place, format!("left out: no context: {e}"));
                continue;
            }
        };
        if !wanted(&meta.name) {
            continue;
        }
        let Some(endpoint) = meta.endpoints.docker else {
            found.note(&meta.name, "left out: it has no endpoint of an engine");
            continue;
        };
        if let Some(settings) = settings(&meta.name, &endpoint, context, &mut found) {
            found.add(Entry {
                name: meta.name,
                groups: Vec::new(),
                settings,
            });
        }
    }
    found
}

fn settings(
    name: &str,
    endpoint: &Endpoint,
    context: &Context,
    found: &mut Found,
) -> Option<Settings> {
    let host = endpoint.host.as_str();
    let mut settings = Settings {
        endpoint: Some(host.to_owned()),
        ..Settings::default()
    };
    match host.split_once("://") {
        Some(("ssh" | "unix", _)) => {}
        Some(("tcp" | "https" | "http", place)) => {
            settings.endpoint = Some(format!("tcp://{place}"));
            if endpoint.skip_verify {
                found.note(
                    name,
                    "its certificate is not checked there (SkipTLSVerify), and is here",
                );
            }
            let bare = context.ca.is_none() && context.cert.is_none() && context.key.is_none();
            if bare && !host.starts_with("https") && !endpoint.skip_verify {
                settings.insecure = true;
                found.note(
                    name,
                    "plain HTTP: taken over with `insecure = true`, which is a critical finding",
                );
            } else if context.cert.is_some() == context.key.is_some() {
                settings.tls = Some(Tls {
                    ca: context.ca.clone(),
                    // Where a context names no authority, docker asks those of the machine.
                    system_roots: context.ca.is_none(),
                    cert: context.cert.clone(),
                    key: context.key.clone(),
                });
            } else {
                found.note(
                    name,
                    "left out: the certificate or its key is not in the context",
                );
                return None;
            }
        }
        Some((scheme, _)) => {
            found.note(name, format!("left out: `{scheme}://` is not reached"));
            return None;
        }
        None => {
            found.note(name, "left out: it names no engine");
            return None;
        }
    }
    Some(settings)
}
