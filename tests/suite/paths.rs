//! What is remembered of the ways to engines: between runs, between processes, and when it is wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use plimsoll::app::paths::Paths;
use plimsoll::domain::host::HostHeader;
use plimsoll::inventory::spec::{Endpoint, HostSpec};
use plimsoll::transport::{Memory as _, Relayer, Route};

use crate::transport::target;

fn host(name: &str) -> HostHeader {
    let endpoint = Endpoint::Ssh {
        target: target(22),
        socket: None,
    };
    HostSpec::new(name, endpoint).header
}

fn learn(folder: &Path, name: &str, route: &Route) {
    Paths::of(Some(folder)).remember(&host(name), route);
}

fn recall(folder: &Path, name: &str) -> Option<Route> {
    Paths::of(Some(folder)).recall(&host(name))
}

fn relay() -> Route {
    Route::Relay(Relayer::Root)
}

#[test]
fn what_worked_is_remembered_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let socket = Route::Socket("/run/user/1000/docker.sock".to_owned());
    learn(folder.path(), "web-01", &socket);
    learn(folder.path(), "db-01", &relay());
    assert_eq!(recall(folder.path(), "web-01"), Some(socket));
    assert_eq!(recall(folder.path(), "db-01"), Some(relay()));
    assert_eq!(recall(folder.path(), "web-02"), None);
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{entry:?}");
    }
}

#[test]
fn a_host_that_moved_is_another_one() {
    let folder = tempfile::tempdir().unwrap();
    learn(folder.path(), "web-01", &relay());
    let paths = Paths::of(Some(folder.path()));
    let mut moved = host("web-01");
    moved.jumps.push("bastion".to_owned());
    assert_eq!(paths.recall(&moved), None);
    moved = host("web-01");
    moved.endpoint = "ssh://elsewhere:22".to_owned();
    assert_eq!(paths.recall(&moved), None);
}

#[test]
fn a_detour_is_questioned_after_a_week_and_a_socket_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let socket = Route::Socket("/var/run/docker.sock".to_owned());
    learn(folder.path(), "web-01", &socket);
    learn(folder.path(), "db-01", &relay());
    let path = folder.path().join("paths.json");
    let mut document: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for entry in document["hosts"].as_object_mut().unwrap().values_mut() {
        entry["at"] = 0.into();
    }
    fs::write(&path, document.to_string()).unwrap();
    assert_eq!(recall(folder.path(), "web-01"), Some(socket));
    assert_eq!(recall(folder.path(), "db-01"), None);
}

#[test]
fn a_file_that_is_none_of_ours_is_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("paths.json");
    for damaged in [
        "",
        "{",
        "[]",
        r#"{"schema": "plimsoll.paths/2", "hosts": {}}"#,
        r#"{"schema": "plimsoll.paths/1", "hosts": {"web-01": 3}}"#,
    ] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(recall(folder.path(), "web-01"), None, "{damaged}");
        learn(folder.path(), "web-01", &relay());
        assert_eq!(recall(folder.path(), "web-01"), Some(relay()), "{damaged}");
    }
}

#[test]
fn processes_that_end_together_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let folder = folder.path();
            scope.spawn(move || learn(folder, &format!("web-{number}"), &relay()));
        }
    });
    for number in 0..16 {
        assert_eq!(
            recall(folder.path(), &format!("web-{number}")),
            Some(relay())
        );
    }
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "the file and the lock, no half-written one");
}
