//! The probe's script on real hosts: what it finds is compared with what the lab set up and with what the hosts' own
//! tools say. As root, with sudo, and as somebody who may do nothing.

use plimsoll::domain::evidence::host::{FileStat, HostFacts, Setting};
use plimsoll::domain::gap::{AsKnown as _, GapClass};
use plimsoll::domain::place::Place;
use plimsoll::probe::Needs;

use crate::harness::{Lab, lab};
use crate::planted::leaked_in;
use crate::talk::{Told, talk};

const PLACES: &[Place] = &[
    Place::DaemonConfig,
    Place::DataRoot,
    Place::EngineSocket,
    Place::ContainerdSocket,
    Place::Unit("docker.service"),
    Place::Unit("docker.socket"),
    Place::DropIns("docker.service"),
    Place::Program("dockerd"),
    Place::Fixed("/etc/default/docker"),
    Place::Fixed("/root/.docker/config.json"),
    Place::Folders("/etc/docker/certs.d"),
    Place::Below("/etc/docker/certs.d", ".key"),
];

/// What the script tells a user who logs in by SSH and runs it with one of the fixed commands.
fn told(lab: &Lab, host: &str, user: &str, command: &str) -> Told {
    let needs = Needs {
        places: PLACES.to_vec(),
        deep: false,
        sockets: Vec::new(),
    };
    let mut client = lab.ssh_client(user);
    client.arg(&lab.host(host).address).arg(command);
    talk(&mut client, needs)
}

fn stat<'a>(facts: &'a HostFacts, path: &str) -> &'a FileStat {
    match facts.file(path) {
        Ok(Some(stat)) => stat,
        other => panic!("{path}: {other:?}"),
    }
}

/// Numbers in what a command inside a host says.
fn numbers(lab: &Lab, host: &str, script: &str) -> Vec<i64> {
    let answer = lab.in_host(host, script);
    assert!(answer.ok, "{}", answer.err);
    answer
        .out
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect()
}

#[test]
fn a_neglected_host_is_seen_as_it_is() {
    let Some(lab) = lab() else { return };
    let told = told(lab, "neglected", "root", "sh -s");
    let facts = told.facts();
    let found = facts.found.known().unwrap();
    let daemon = found.daemon.as_ref().unwrap();
    assert_eq!(
        vec![daemon.pid],
        numbers(lab, "neglected", "cat /run/docker.pid")
    );
    assert_eq!(daemon.exe.as_deref(), Some("/usr/sbin/dockerd"));
    let age = numbers(lab, "neglected", "date +%s")[0] - daemon.started.unwrap();
    assert!((0..86_400).contains(&age), "started {age} s ago");

    assert_eq!(found.setting("debug"), Some(&Setting::Bool(true)));
    assert_eq!(found.engine_sockets, ["/run/docker.sock"]);
    let config = stat(facts, "/etc/docker/daemon.json");
    assert_eq!((config.user.as_str(), config.mode), ("alice", 0o666));
    assert_eq!(stat(facts, "/run/docker.sock").mode, 0o666);
    assert_eq!(stat(facts, "/var/lib/docker").mode, 0o777);
    assert_eq!(stat(facts, "/root/.docker/config.json").mode, 0o666);
    let drop_ins = facts.paths(Place::DropIns("docker.service")).unwrap();
    assert_eq!(
        drop_ins,
        ["/etc/systemd/system/docker.service.d/10-\x1b[31mred.conf"]
    );
    assert_eq!(stat(facts, &drop_ins[0]).kind, "file");
    let keys = facts
        .paths(Place::Below("/etc/docker/certs.d", ".key"))
        .unwrap();
    assert!(
        keys.contains(&"/etc/docker/certs.d/evil\x1b]0;title.example.org/client.key".to_owned()),
        "{keys:?}"
    );

    let groups = &facts.accounts.known().unwrap().groups;
    assert_eq!(groups.len(), 1);
    assert_eq!(
        groups[0].members,
        ["alice", "bob", "deploy", "mal\x1b[2Jlory"]
    );
    let listeners = facts.listeners.known().unwrap();
    assert!(
        listeners
            .iter()
            .any(|l| l.port == 2375 && l.process.as_deref() == Some("dockerd")),
        "{listeners:?}"
    );
    assert!(facts.packages.known().unwrap()["docker.io"].starts_with("26."));
    assert_eq!(leaked_in(&format!("{facts:?}")), Vec::<String>::new());
}

#[test]
fn the_kernel_is_asked_about_each_running_container() {
    let Some(lab) = lab() else { return };
    let told = told(lab, "neglected", "root", "sh -s");
    let facts = told.facts();
    let pid = |name: &str| {
        numbers(
            lab,
            "neglected",
            &format!("docker inspect --format '{{{{.State.Pid}}}}' {name}"),
        )[0]
    };
    for pid in numbers(
        lab,
        "neglected",
        "docker inspect --format '{{.State.Pid}}' $(docker ps --quiet)",
    ) {
        assert!(
            facts.processes.contains_key(&pid),
            "{pid} is not among {:?}",
            facts.processes.keys()
        );
    }
    let status = |name: &str| facts.processes[&pid(name)].clone().unwrap();
    assert_eq!(status("tracer").seccomp, Some(0));
    assert_eq!(status("watcher").seccomp, Some(2));
    assert_eq!(status("half-kept").uid, 10_001);
    assert_eq!(status("half-kept").cap_eff, Some(0));
    assert!(status("maintenance").cap_eff > status("watcher").cap_eff);
}

#[test]
fn with_sudo_everything_is_seen_and_the_login_is_remembered() {
    let Some(lab) = lab() else { return };
    for host in ["clean-2010", "clean-26", "systemd"] {
        let as_root = told(lab, host, "root", "sh -s");
        let with_sudo = told(lab, host, "ops", "sudo -n sh -s");
        let (root, sudo) = (as_root.facts(), with_sudo.facts());
        let reader = sudo.reader.known().unwrap();
        assert_eq!((reader.uid, reader.login.as_str()), (0, "ops"), "{host}");
        assert_ne!(reader.login_uid, 0, "{host}");
        assert_eq!(root.found, sudo.found, "{host}");
        // Whoever logs in may have an engine of their own, which is looked for below their own folder.
        let shared = |facts: &HostFacts| -> Vec<String> {
            let all = facts.files.keys().map(ToString::to_string);
            all.filter(|path| !path.starts_with("/run/user/")).collect()
        };
        assert_eq!(shared(root), shared(sudo), "{host}");
        assert_eq!(root.accounts, sudo.accounts, "{host}");
        assert_eq!(root.packages, sudo.packages, "{host}");
    }
}

#[test]
fn who_may_do_nothing_gets_gaps_that_say_what_is_needed() {
    let Some(lab) = lab() else { return };
    for host in ["clean-2010", "neglected", "systemd"] {
        let told = told(lab, host, "auditor", "sh -s");
        let facts = told.facts();
        let found = facts.found.known().unwrap();
        assert_eq!(facts.reader.known().unwrap().login, "auditor", "{host}");
        assert!(found.daemon.is_some() && found.config.is_some(), "{host}");
        let gap = facts.file("/root/.docker/config.json").unwrap_err();
        assert_eq!(gap.class, GapClass::Permission, "{host}");
        assert!(gap.message.contains("sudo -n"), "{host}: {}", gap.message);
        let rules = facts.audit.known().unwrap().rules.known().unwrap_err();
        assert_eq!(rules.class, GapClass::Permission, "{host}");
        assert_eq!(stat(facts, "/run/docker.sock").group, "docker", "{host}");
        assert_eq!(
            leaked_in(&format!("{facts:?}")),
            Vec::<String>::new(),
            "{host}"
        );
    }
}

#[test]
fn a_refused_sudo_is_no_answer() {
    let Some(lab) = lab() else { return };
    let told = told(lab, "clean-26", "auditor", "sudo -n sh -s");
    assert!(told.facts.is_err());
    assert!(told.complaints.contains("sudo"), "{}", told.complaints);
}

#[test]
fn systemd_is_believed_where_it_runs() {
    let Some(lab) = lab() else { return };
    let told = told(lab, "systemd", "auditor", "sh -s");
    let facts = told.facts();
    let units = facts.units.known().unwrap();
    let docker = &units["docker.service"];
    assert_eq!(
        (docker.active.as_str(), docker.enabled.as_str()),
        ("active", "enabled")
    );
    assert_eq!(docker.properties["KillMode"], "process");
    assert_eq!(docker.properties["Delegate"], "yes");
    assert_eq!(units["docker.socket"].properties["SocketMode"], "0660");
    assert_eq!(
        units["dnf-automatic.timer"].properties["LoadState"],
        "not-found"
    );
    let found = facts.found.known().unwrap();
    assert_eq!(
        found.setting("hosts"),
        Some(&Setting::List(vec!["fd://".to_owned()]))
    );
    assert_eq!(
        found.engine_sockets,
        ["/run/docker.sock"],
        "fd:// is where docker.socket listens"
    );
}

#[test]
fn access_lists_are_read() {
    let Some(lab) = lab() else { return };
    let answer = lab.in_host(
        "clean-26",
        "touch /srv/with-list && chmod 0640 /srv/with-list && setfacl -m u:1000:rw,g:5:r /srv/with-list",
    );
    assert!(answer.ok, "{}", answer.err);
    let needs = Needs {
        places: vec![
            Place::Fixed("/srv/with-list"),
            Place::Fixed("/etc/hostname"),
        ],
        deep: false,
        sockets: Vec::new(),
    };
    let mut client = lab.ssh_client("auditor");
    client.arg(&lab.host("clean-26").address).arg("sh -s");
    let told = talk(&mut client, needs);
    let facts = told.facts();
    assert_eq!(
        stat(facts, "/srv/with-list").acl.as_deref().unwrap(),
        ["user:1000:rw", "group:5:r"]
    );
    assert_eq!(
        stat(facts, "/etc/hostname").acl.as_deref().unwrap(),
        Vec::<String>::new()
    );
}
