//! The command that goes the same way by hand.

use std::path::Path;

use crate::inventory::spec::{Endpoint, HostSpec, SshTarget};

/// A command for a shell.
pub(super) fn command(spec: &HostSpec) -> String {
    match &spec.endpoint {
        Endpoint::Ssh { target, socket } => {
            let jumps: Vec<String> = spec.jumps.iter().map(ToString::to_string).collect();
            let jump = if jumps.is_empty() {
                String::new()
            } else {
                format!("-J {} ", quoted(&jumps.join(",")))
            };
            let engine = socket
                .as_ref()
                .map_or_else(String::new, |socket| format!(" -H unix://{socket}"));
            format!(
                "ssh -v {jump}{} {}",
                login(target),
                quoted(&format!("docker{engine} version"))
            )
        }
        Endpoint::Tcp { host, port } => match &spec.tls {
            Some(tls) => {
                let files = [
                    ("--cacert", &tls.ca),
                    ("--cert", &tls.cert),
                    ("--key", &tls.key),
                ];
                let options: Vec<String> = files
                    .into_iter()
                    .filter_map(|(option, file)| {
                        Some(format!("{option} {} ", path(file.as_deref()?)))
                    })
                    .collect();
                format!("curl -v {}https://{host}:{port}/version", options.concat())
            }
            None => format!("curl -v http://{host}:{port}/version"),
        },
        Endpoint::Unix { path: socket } => {
            format!(
                "curl -v --unix-socket {} http://docker/version",
                path(socket)
            )
        }
    }
}

fn login(target: &SshTarget) -> String {
    let mut words = Vec::new();
    if target.port != crate::inventory::spec::SSH_PORT {
        words.push(format!("-p {}", target.port));
    }
    for file in &target.identity_files {
        words.push(format!("-i {}", path(file)));
    }
    if !target.known_hosts.is_empty() {
        let files: Vec<String> = target
            .known_hosts
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        words.push(format!(
            "-o {}",
            quoted(&format!("UserKnownHostsFile={}", files.join(" ")))
        ));
    }
    words.push(match &target.user {
        Some(user) => quoted(&format!("{user}@{}", target.host)),
        None => quoted(&target.host),
    });
    words.join(" ")
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// `text` as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_stay_words() {
        assert_eq!(quoted("ops@web-01"), "ops@web-01");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
