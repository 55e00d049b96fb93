//! Hosts that cannot be reached or read: each its class and stage, a cause and a next step, and no other host suffers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plimsoll::domain::failure::Failure;

use crate::guard::trespasses;
use crate::harness::{Lab, lab};
use crate::program::sweep;

/// One way to go wrong: the host's part of an inventory, and what must come out.
struct Trouble {
    name: &'static str,
    host: String,
    class: &'static str,
    stage: &'static str,
}

#[expect(clippy::too_many_lines, reason = "a table, one row a trouble")]
fn troubles(lab: &Lab) -> Vec<Trouble> {
    let ssh = |name: &str| lab.ssh_file(name).display().to_string();
    let tls = |name: &str| lab.tls_file(name).display().to_string();
    let by_ssh = |address: &str, key: &str, known: &str| {
        format!(
            "endpoint = \"ssh://root@{address}\"\nidentity_file = \"{}\"\nknown_hosts = \"{}\"",
            ssh(key),
            ssh(known)
        )
    };
    let by_tls = |address: &str, ca: &str, cert: &str| {
        format!(
            "endpoint = \"tcp://{address}\"\ntls = {{ ca = \"{}\", cert = \"{}\", key = \"{}\" }}",
            tls(ca),
            tls(&format!("{cert}cert.pem")),
            tls(&format!("{cert}key.pem"))
        )
    };
    let clean = lab.host("clean-26").address.as_str();
    let neglected = lab.host("neglected").address.as_str();
    let tls_only = format!("{}:2376", lab.host("tls-only").address);
    let row = |name, host, class, stage| Trouble {
        name,
        host,
        class,
        stage,
    };
    vec![
        row(
            "unknown-host-key",
            by_ssh(clean, "id_ed25519", "known_hosts_empty"),
            "hostkey-unknown",
            "hostkey",
        ),
        row(
            "changed-host-key",
            by_ssh(clean, "id_ed25519", "known_hosts_changed"),
            "hostkey-changed",
            "hostkey",
        ),
        row(
            "wrong-key",
            by_ssh(clean, "id_unknown", "known_hosts"),
            "auth",
            "authentication",
        ),
        row(
            "no-key-at-all",
            format!(
                "endpoint = \"ssh://root@{clean}\"\nknown_hosts = \"{}\"",
                ssh("known_hosts")
            ),
            "auth",
            "authentication",
        ),
        row(
            "wrong-port",
            by_ssh(&format!("{clean}:2222"), "id_ed25519", "known_hosts"),
            "refused",
            "tcp",
        ),
        row(
            "engine-is-no-ssh",
            by_ssh(&format!("{neglected}:2375"), "id_ed25519", "known_hosts"),
            "protocol",
            "kex",
        ),
        row(
            "black-hole",
            by_ssh("10.77.0.98", "id_ed25519", "known_hosts"),
            "timeout",
            "tcp",
        ),
        row(
            "nobody-there",
            by_ssh("10.77.0.99", "id_ed25519", "known_hosts"),
            "unreachable",
            "tcp",
        ),
        row(
            "no-such-name",
            by_ssh("no-such-host.invalid", "id_ed25519", "known_hosts"),
            "dns",
            "name",
        ),
        row(
            "wrong-ca",
            by_tls(&tls_only, "foreign-ca.pem", ""),
            "tls-ca",
            "tls",
        ),
        row(
            "expired-client",
            by_tls(&tls_only, "ca.pem", "expired-"),
            "tls-client-cert",
            "tls",
        ),
        row(
            "foreign-client",
            by_tls(&tls_only, "ca.pem", "foreign-"),
            "tls-client-cert",
            "tls",
        ),
        row(
            "ssh-is-no-tls",
            by_tls(&format!("{clean}:22"), "ca.pem", ""),
            "protocol",
            "tls",
        ),
        row("fine", by_ssh(clean, "id_ed25519", "known_hosts"), "", ""),
    ]
}

fn inventory_of(lab: &Lab) -> String {
    let head = String::from("version = 1\n[defaults]\nconnect_timeout = \"4s\"\n");
    troubles(lab).iter().fold(head, |text, trouble| {
        format!(
            "{text}[[hosts]]\nname = \"{}\"\n{}\n",
            trouble.name, trouble.host
        )
    })
}

/// The failures of all troubles by name, with `{host}` for the host's own name and address.
pub(crate) fn failures(lab: &Lab) -> BTreeMap<String, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.toml");
    let no_socket = format!(
        "[[hosts]]\nname = \"no-socket\"\nendpoint = \"ssh://auditor@{}\"\nsudo = \"never\"\n\
         identity_file = \"{}\"\nknown_hosts = \"{}\"\n",
        lab.host("clean-26").address,
        lab.ssh_file("id_ed25519").display(),
        lab.ssh_file("known_hosts").display()
    );
    std::fs::write(&path, inventory_of(lab) + &no_socket).unwrap();
    let swept = sweep(&path, "*", &["--fail-on", "none"]);
    let hosts = swept.report["hosts"].as_array().unwrap();
    hosts
        .iter()
        .filter(|host| !host["error"].is_null())
        .map(|host| {
            let name = host["name"].as_str().unwrap();
            let mut text = host["error"].to_string();
            for known in lab.hosts() {
                text = text.replace(&known.address, "{host}");
            }
            let text = text
                .replace("10.77.0.98", "{host}")
                .replace(
                    &lab.ssh_file("id_unknown").display().to_string(),
                    "~/.ssh/id_ed25519",
                )
                .replace(
                    &lab.ssh_file("known_hosts_changed").display().to_string(),
                    "~/.ssh/known_hosts",
                )
                .replace(
                    &lab.ssh_file("known_hosts").display().to_string(),
                    "~/.ssh/known_hosts",
                );
            (name.to_owned(), serde_json::from_str(&text).unwrap())
        })
        .collect()
}

#[test]
fn each_trouble_has_its_class_stage_and_hint() {
    let Some(lab) = lab() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("inventory.toml");
    let troubles = troubles(lab);
    std::fs::write(&path, inventory_of(lab)).unwrap();
    let swept = sweep(&path, "*", &["--fail-on", "none"]);
    let mut wrong = Vec::new();
    for trouble in &troubles {
        let host = swept.host(trouble.name);
        let error = &host["error"];
        if trouble.class.is_empty() {
            assert_eq!(host["state"], "assessed", "{}: {error}", trouble.name);
            continue;
        }
        let told = |field: &str| error[field].as_str().is_some_and(|text| !text.is_empty());
        if error["class"] != trouble.class
            || error["stage"] != trouble.stage
            || !told("message")
            || !told("hint")
        {
            wrong.push(format!("{}: {error}", trouble.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(swept.code, 3, "{}", swept.err);
    assert_eq!(trespasses(lab), Vec::<String>::new());
}

#[test]
fn an_account_without_the_socket_still_gets_the_host_half() {
    let Some(lab) = lab() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.toml");
    let text = format!(
        "version = 1\n[[hosts]]\nname = \"seen-by-auditor\"\nendpoint = \"ssh://auditor@{}\"\n\
         sudo = \"never\"\nidentity_file = \"{}\"\nknown_hosts = \"{}\"\n",
        lab.host("clean-26").address,
        lab.ssh_file("id_ed25519").display(),
        lab.ssh_file("known_hosts").display()
    );
    std::fs::write(&path, text).unwrap();
    let swept = sweep(&path, "*", &["--fail-on", "none"]);
    let host = swept.host("seen-by-auditor");
    assert_eq!(host["state"], "partial", "{host}");
    assert_eq!(host["error"]["class"], "socket-denied", "{}", host["error"]);
    let rows = swept.rows("seen-by-auditor");
    let answered = |control: &str| {
        rows.iter()
            .any(|(id, _, outcome, _)| id == control && outcome == "pass")
    };
    assert!(answered("perm-etc-docker-mode"), "{rows:?}");
    assert!(
        rows.iter()
            .any(|(id, _, outcome, _)| id == "run-privileged" && outcome == "not_checked"),
        "{rows:?}"
    );
    assert_eq!(swept.code, 3);
    assert_eq!(trespasses(lab), Vec::<String>::new());
}
