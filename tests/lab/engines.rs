//! The engines are the ones the lab promises, and the accounts can do what they are there for.

use std::fs;
use std::path::Path;

use crate::harness::lab;

#[test]
fn every_engine_answers_with_the_version_of_its_release() {
    let Some(lab) = lab() else { return };
    for host in lab.hosts() {
        let answer = lab.in_host(
            &host.name,
            "curl -sf --unix-socket /var/run/docker.sock http://engine/version",
        );
        assert!(answer.ok, "{}: {}", host.name, answer.err);
        let version: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
        let version = version["Version"].as_str().unwrap();
        let major: u32 = version.split('.').next().unwrap().parse().unwrap();
        if host.suite == "bookworm" {
            assert_eq!(major, 20, "{}: {version}", host.name);
        } else {
            assert!(major >= 26, "{}: {version}", host.name);
        }
    }
}

#[test]
fn each_host_is_started_the_way_it_says() {
    let Some(lab) = lab() else { return };
    let first = |host| lab.in_host(host, "readlink /proc/1/exe").out;
    assert!(first("systemd").contains("systemd"));
    assert!(first("clean-26").contains("tini"));
    let running = lab.in_host(
        "systemd",
        "systemctl is-active docker.service docker.socket ssh.service",
    );
    assert_eq!(running.out, "active\nactive\nactive\n", "{}", running.err);
}

#[test]
fn accounts_have_the_rights_they_are_named_for() {
    let Some(lab) = lab() else { return };
    let engine = "docker version --format {{.Server.Version}}";
    for host in lab.hosts().iter().filter(|host| host.has_ssh) {
        let may = |user, remote: &str| lab.ssh(&host.name, user, remote).ok;
        assert!(may("root", engine), "{}", host.name);
        assert!(may("deploy", engine), "{}", host.name);
        assert!(!may("deploy", "sudo -n true"), "{}", host.name);
        assert!(may("ops", "sudo -n true"), "{}", host.name);
        assert!(!may("auditor", "sudo -n true"), "{}", host.name);
        // On the neglected host the socket is open to everybody.
        let open = host.name == "neglected";
        assert_eq!(may("auditor", engine), open, "{}", host.name);
        assert_eq!(may("ops", engine), open, "{}", host.name);
    }
}

#[test]
fn no_host_sees_another_hosts_containers() {
    let Some(lab) = lab() else { return };
    for host in lab.hosts() {
        let names = lab
            .in_host(&host.name, "docker ps --all --format '{{.Names}}'")
            .out;
        assert_eq!(
            names.contains("maintenance"),
            host.name == "neglected",
            "{}",
            host.name
        );
        let hostname = lab.in_host(&host.name, "hostname").out;
        assert_eq!(hostname.trim(), host.name);
    }
}

/// Says the container's health once it is settled: it listens to the events from now on and then asks, so that no
/// change falls between, and waits for an event only if the first check has not run yet.
const HEALTH: &str = r#"
    events=$(mktemp -u) && mkfifo "$events"
    docker events --since "$(date +%s)" --filter container=$1 --filter event=health_status >"$events" &
    exec 3<"$events"
    health() { docker inspect --format '{{.State.Health.Status}}' "$1"; }
    [ "$(health "$1")" != starting ] || read -r change <&3
    kill $! && rm "$events" && health "$1"
"#;

#[test]
fn the_well_kept_containers_are_healthy() {
    let Some(lab) = lab() else { return };
    for host in ["clean-2010", "clean-26", "systemd"] {
        for container in ["shop-web-1", "shop-worker-1"] {
            let said = lab.in_host(host, &format!("set -- {container}\n{HEALTH}"));
            assert_eq!(
                said.out.trim(),
                "healthy",
                "{host}: {container}: {}",
                said.err
            );
        }
    }
}

#[test]
fn the_inventory_names_every_host_and_files_that_exist() {
    let Some(lab) = lab() else { return };
    let text = fs::read_to_string(lab.inventory()).unwrap();
    let inventory: toml::Table = toml::from_str(&text).unwrap();
    let named: Vec<_> = inventory["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|host| host["name"].as_str().unwrap())
        .collect();
    let all: Vec<_> = lab.hosts().iter().map(|host| &host.name).collect();
    assert_eq!(named, all);
    for path in text.split('"').filter(|part| part.starts_with('/')) {
        assert!(Path::new(path).exists(), "{path}");
    }
}
