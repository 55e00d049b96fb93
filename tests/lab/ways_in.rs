//! What each way to an engine lets through and what it refuses, as OpenSSH and curl see it: the truth that our own
//! transports are compared with.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{Answer, Lab, OURS, bounded, lab, run};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The engine's greeting through a forwarded socket; empty when the server closes the channel instead.
fn through_forwarded_socket(lab: &Lab, host: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let local = folder.path().join("engine.sock");
    // The client listens before it starts the remote command, and lives until that command's input ends.
    let mut client = lab
        .ssh_client("deploy")
        .arg("-L")
        .arg(format!("{}:/var/run/docker.sock", local.display()))
        .arg(&lab.host(host).address)
        .arg(format!("{OURS} echo ready; cat"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    let mut out = BufReader::new(client.stdout.take().unwrap());
    out.read_line(&mut ready).unwrap();
    assert_eq!(ready, "ready\n", "{host}");

    let mut stream = UnixStream::connect(&local).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut said = Vec::new();
    // A refused channel is closed at any point of the exchange, so neither step has to succeed.
    let sent = stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n");
    let read = stream.read_to_end(&mut said);
    // The client stays as long as either end of the forward is open.
    drop(stream);
    drop(client.stdin.take());
    let ended = client.wait().unwrap();
    assert!(ended.success(), "{host}: {ended}");
    assert!(sent.is_ok() && read.is_ok() || said.is_empty(), "{host}");
    String::from_utf8(said).unwrap()
}

#[test]
fn sockets_are_forwarded_but_where_the_server_forbids_it() {
    let Some(lab) = lab() else { return };
    for host in lab.hosts().iter().filter(|host| host.has_ssh) {
        let said = through_forwarded_socket(lab, &host.name);
        if host.name == "no-forward" {
            assert_eq!(said, "");
        } else {
            assert!(said.contains("200 OK"), "{}: {said:?}", host.name);
        }
    }
}

#[test]
fn dial_stdio_works_where_forwarding_does_not() {
    let Some(lab) = lab() else { return };
    let said = lab.ssh(
        "no-forward",
        "deploy",
        "printf 'GET /_ping HTTP/1.0\\r\\n\\r\\n' | docker system dial-stdio",
    );
    assert!(said.out.contains("200 OK"), "{said:?}");
}

#[test]
fn wrong_keys_are_refused_on_both_sides() {
    let Some(lab) = lab() else { return };
    let login = |key: &str, known: &str| {
        let mut client = bounded("ssh");
        client
            .args([
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
            ])
            .args(["-o", "StrictHostKeyChecking=yes", "-o"])
            .arg(format!(
                "UserKnownHostsFile={}",
                lab.ssh_file(known).display()
            ))
            .arg("-i")
            .arg(lab.ssh_file(key))
            .args(["-l", "root", &lab.host("clean-26").address, OURS]);
        run(&mut client)
    };
    assert!(login("id_ed25519", "known_hosts").ok);
    assert!(login("id_ecdsa", "known_hosts").ok);
    assert!(
        login("id_unknown", "known_hosts")
            .err
            .contains("Permission denied")
    );
    assert!(
        login("id_ed25519", "known_hosts_changed")
            .err
            .contains("IDENTIFICATION HAS CHANGED")
    );
    assert!(
        login("id_ed25519", "known_hosts_empty")
            .err
            .contains("verification failed")
    );
}

/// Curl's ping to a TLS port, trusting one authority, with a client certificate named by its prefix.
pub(crate) fn ping_by_tls(lab: &Lab, host: &str, authority: &str, client: Option<&str>) -> Answer {
    let mut curl = bounded("curl");
    curl.args(["-sS", "--noproxy", "*", "--cacert"])
        .arg(lab.tls_file(authority));
    if let Some(prefix) = client {
        curl.arg("--cert")
            .arg(lab.tls_file(&format!("{prefix}cert.pem")));
        curl.arg("--key")
            .arg(lab.tls_file(&format!("{prefix}key.pem")));
    }
    curl.arg(format!("https://{}:2376/_ping", lab.host(host).address));
    run(&mut curl)
}

#[test]
fn tls_ports_ask_for_a_certificate_of_their_own_authority() {
    let Some(lab) = lab() else { return };
    for name in ["tls-only", "clean-26"] {
        assert_eq!(
            ping_by_tls(lab, name, "ca.pem", Some("")).out,
            "OK",
            "{name}"
        );
        for (authority, client) in [
            ("ca.pem", None),
            ("ca.pem", Some("expired-")),
            ("ca.pem", Some("foreign-")),
            ("foreign-ca.pem", Some("")),
        ] {
            let answer = ping_by_tls(lab, name, authority, client);
            assert!(
                !answer.ok,
                "{name} took {authority}, {client:?}: {}",
                answer.out
            );
        }
    }
}
