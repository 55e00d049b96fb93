//! What a host becomes: nearest wins, the strictest where it must, names and files filled in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll::domain::host::{Mode, Transport};
use plimsoll::domain::policy::PolicyValue;
use plimsoll::inventory::spec::{Confirm, Endpoint, FileRole, HostKeyPolicy, SshTarget, Sudo};
use plimsoll::inventory::{EXAMPLE, Readable, check_files, local, parse};

use super::{environment, fixtures, good, host, long};

fn target(endpoint: &Endpoint) -> &SshTarget {
    match endpoint {
        Endpoint::Ssh { target, .. } => target,
        other => panic!("{other} is not ssh"),
    }
}

#[test]
fn good_files_are_understood() {
    let files = fixtures("valid");
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        if let Err(problems) = parse(&text, file.to_str().unwrap(), &environment()) {
            panic!("{}", long(&problems));
        }
    }
}

#[test]
fn the_example_is_right_and_shows_every_key() {
    let inventory = match parse(EXAMPLE, "inventory.example.toml", &environment()) {
        Ok(inventory) => inventory,
        Err(problems) => panic!("{}", long(&problems)),
    };
    assert_eq!(inventory.hosts.len(), 29);
    assert_eq!(inventory.waivers[0].matched_hosts, ["ci-1", "ci-2", "ci-3"]);
    assert_eq!(inventory.waivers[0].expires_day, 20_849);
    assert_eq!(inventory.waivers[0].expires, "2027-01-31");
    assert_eq!(inventory.store.keep, Some(Duration::from_hours(400 * 24)));
    assert_eq!(host(&inventory, "edge-01").header.jumps, ["bastion"]);
    for keys in super::documented::TABLES {
        for key in *keys {
            let written =
                EXAMPLE.contains(&format!("{key} = ")) || EXAMPLE.contains(&format!("[{key}"));
            assert!(written, "the example does not show `{key}`");
        }
    }
}

#[test]
fn a_host_with_nothing_but_a_name_has_every_default() {
    let inventory = good("[[hosts]]\nname = \"web-01\"");
    let host = &inventory.hosts[0];
    assert_eq!(host.header.endpoint, "ssh://ann@web-01:22");
    assert_eq!(host.header.transport, Transport::Ssh);
    assert_eq!((host.header.mode, host.sudo), (Mode::Operator, Sudo::Auto));
    assert_eq!(host.header.profile, "recommended");
    assert_eq!(target(&host.endpoint).host_key, HostKeyPolicy::Strict);
    assert_eq!(host.connect_timeout, Duration::from_secs(10));
    assert_eq!(host.host_timeout, Duration::from_mins(1));
    assert!(host.files.is_empty());
    assert_eq!(inventory.sha256.len(), 64);
}

#[test]
fn the_nearest_wins() {
    let inventory = good(
        r#"
        policy = { docker_users = ["d"], patching = "central", max_managers = 3 }
        [defaults]
        user = "d"
        sudo = "never"
        host_key = "accept-new"
        profile = "all"
        host_timeout = "30s"
        labels = { owner = "d", site = "d" }
        identity_file = ["~/d1", "~/d2"]
        [groups.one]
        user = "one"
        labels = { owner = "one" }
        policy = { docker_users = ["one", "more"] }
        [groups.two]
        user = "two"
        sudo = "ask"
        profile = "hardened"
        policy = { docker_users = [], patching = "two" }
        [[hosts]]
        name = "a"
        groups = ["one", "two"]
        [[hosts]]
        name = "b"
        groups = ["two", "one"]
        user = "b"
        host_timeout = "5s"
        identity_file = "keys/b"
        policy = { max_managers = 5 }
        [[hosts]]
        name = "c"
        endpoint = "ssh://c@10.1.1.1"
        "#,
    );
    let a = host(&inventory, "a");
    assert_eq!(target(&a.endpoint).user.as_deref(), Some("one"));
    assert_eq!((a.sudo, a.header.profile.as_str()), (Sudo::Ask, "hardened"));
    assert_eq!(target(&a.endpoint).host_key, HostKeyPolicy::AcceptNew);
    assert_eq!(a.policy.list("docker_users").unwrap(), ["one", "more"]);
    assert_eq!(a.policy.text("patching"), Some("two"));
    assert_eq!(a.policy.int("max_managers"), Some(3));
    assert_eq!(a.header.labels["owner"], "one");
    assert_eq!(a.header.labels["site"], "d");
    assert_eq!(
        target(&a.endpoint).identity_files,
        [PathBuf::from("/home/ann/d1"), PathBuf::from("/home/ann/d2")]
    );
    let b = host(&inventory, "b");
    assert_eq!(target(&b.endpoint).user.as_deref(), Some("b"));
    assert_eq!(
        b.policy.values["docker_users"],
        PolicyValue::List(Vec::new())
    );
    assert_eq!(b.policy.int("max_managers"), Some(5));
    assert_eq!(
        target(&b.endpoint).identity_files,
        [PathBuf::from("/srv/fleet/keys/b")]
    );
    assert_eq!(
        b.connect_timeout,
        Duration::from_secs(5),
        "never longer than the host's time"
    );
    let c = host(&inventory, "c");
    assert_eq!(target(&c.endpoint).user.as_deref(), Some("c"));
}

#[test]
fn for_mode_and_guardrails_the_strictest_wins() {
    let inventory = good(
        r#"
        guardrails = { max_batch = 20, deny = ["live"], window = "22:00-06:00", reason = "freeze" }
        [groups.prod]
        mode = "audit"
        reason = "change control"
        guardrails = { confirm = "type-host", max_batch = 5, deny = ["swarm-*", "live"] }
        [groups.lax]
        mode = "operator"
        reason = "go on"
        guardrails = { confirm = "ask", max_batch = 100, window = "Sat 00:00-Sun 24:00", reason = "lax" }
        [[hosts]]
        name = "a"
        groups = ["lax", "prod"]
        mode = "operator"
        [[hosts]]
        name = "b"
        "#,
    );
    let a = host(&inventory, "a");
    assert_eq!(a.header.mode, Mode::Audit);
    assert_eq!(a.mode_reason.as_deref(), Some("change control"));
    assert_eq!(a.guardrails.confirm, Some(Confirm::TypeHost));
    assert_eq!(a.guardrails.max_batch, Some(5));
    assert_eq!(a.guardrails.deny, ["swarm-*", "live"]);
    assert_eq!(a.guardrails.reason.as_deref(), Some("lax; freeze"));
    let windows: Vec<_> = a
        .guardrails
        .windows
        .iter()
        .map(|w| (w.minutes, w.weekly))
        .collect();
    assert_eq!(
        windows,
        [((5 * 1440, 7 * 1440), true), ((1320, 360), false)]
    );
    let b = host(&inventory, "b");
    assert_eq!(
        (b.header.mode, b.guardrails.max_batch),
        (Mode::Operator, Some(20))
    );
    assert_eq!(b.guardrails.confirm, None);
}

#[test]
fn endpoints_are_read_in_all_their_forms() {
    for (written, shown) in [
        ("ssh://{name}", "ssh://ann@h:22"),
        ("ssh://{name}.lan:2200", "ssh://ann@h.lan:2200"),
        (
            "ssh://u@[fe80::1%eth0]:2222/run/d.sock",
            "ssh://u@[fe80::1%eth0]:2222/run/d.sock",
        ),
        ("ssh://[::1]/", "ssh://ann@[::1]:22"),
        (
            "unix:///run/user/1000/docker.sock",
            "unix:///run/user/1000/docker.sock",
        ),
        ("tcp://{name}", "tcp://h:2375"),
        ("tcp://[2001:db8::1]:4243", "tcp://[2001:db8::1]:4243"),
    ] {
        let insecure = if written.starts_with("tcp") {
            "insecure = true"
        } else {
            ""
        };
        let text = format!("[[hosts]]\nname = \"h\"\nendpoint = \"{written}\"\n{insecure}");
        let inventory = good(&text);
        assert_eq!(inventory.hosts[0].header.endpoint, shown, "{written}");
    }
}

#[test]
fn a_group_can_bring_endpoint_and_certificates() {
    let inventory = good(
        r#"
        [groups.tls]
        endpoint = "tcp://{name}.lan"
        jump = "u@gate:1"
        tls = { ca = "ca.pem", cert = "~/c/{name}.pem", key = "/k/{name}.pem", server_name = "{name}.example.net" }
        [groups.plain]
        insecure = true
        [[hosts]]
        name = "d-[1-2]"
        groups = ["tls", "plain"]
        [[hosts]]
        name = "p"
        groups = ["plain", "tls"]
        "#,
    );
    let d = host(&inventory, "d-2");
    assert_eq!(d.header.endpoint, "tcp://d-2.lan:2376");
    assert!(d.jumps.is_empty(), "jumps are for ssh");
    let tls = d.tls.as_ref().unwrap();
    assert_eq!(tls.ca.as_deref(), Some(Path::new("/srv/fleet/ca.pem")));
    assert_eq!(tls.cert.as_deref(), Some(Path::new("/home/ann/c/d-2.pem")));
    assert_eq!(tls.key.as_deref(), Some(Path::new("/k/d-2.pem")));
    assert_eq!(tls.server_name.as_deref(), Some("d-2.example.net"));
    let p = host(&inventory, "p");
    assert_eq!(p.header.endpoint, "tcp://p.lan:2375");
    assert_eq!(p.tls, None);
}

#[test]
fn jumps_make_chains_with_the_settings_of_each_hop() {
    let inventory = good(
        r#"
        [defaults]
        user = "ops"
        identity_file = "~/.ssh/fleet"
        [groups.edge]
        jump = ["outer", "inner"]
        [[hosts]]
        name = "outer"
        endpoint = "ssh://gate@outer.example.net:2222"
        identity_file = "~/.ssh/gate"
        known_hosts = "/etc/gate_hosts"
        jump = "u@first.example.net"
        [[hosts]]
        name = "inner"
        groups = ["edge"]
        [[hosts]]
        name = "edge-1"
        groups = ["edge"]
        [[hosts]]
        name = "direct"
        groups = ["edge"]
        jump = []
        "#,
    );
    let edge = host(&inventory, "edge-1");
    assert_eq!(edge.header.jumps, ["u@first.example.net", "outer", "inner"]);
    let shown: Vec<String> = edge.jumps.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "u@first.example.net:22",
            "gate@outer.example.net:2222",
            "ops@inner:22"
        ]
    );
    assert_eq!(
        edge.jumps[0].identity_files,
        [PathBuf::from("/home/ann/.ssh/fleet")]
    );
    assert_eq!(
        edge.jumps[1].identity_files,
        [PathBuf::from("/home/ann/.ssh/gate")]
    );
    assert_eq!(
        edge.jumps[1].known_hosts,
        [PathBuf::from("/etc/gate_hosts")]
    );
    // The bastion is in the group whose bastion it is: the part before it leads to it.
    assert_eq!(
        host(&inventory, "inner").header.jumps,
        ["u@first.example.net", "outer"]
    );
    assert!(host(&inventory, "direct").jumps.is_empty());
}

#[test]
fn files_are_checked_for_the_chosen_hosts_alone() {
    let inventory = good(
        r#"
        [[hosts]]
        name = "gate"
        identity_file = "/k/gate"
        [[hosts]]
        name = "a-[1-3]"
        jump = "gate"
        identity_file = "/k/a"
        known_hosts = "/kh/a"
        [[hosts]]
        name = "b"
        host_key = "accept-new"
        known_hosts = "/kh/b"
        identity_file = "/k/b"
        "#,
    );
    let chosen: Vec<_> = inventory
        .hosts
        .iter()
        .filter(|h| h.header.name.starts_with("a-"))
        .collect();
    let asked = std::cell::RefCell::new(Vec::new());
    let problems = check_files(&chosen, &|path| {
        asked.borrow_mut().push(path.to_path_buf());
        match path.to_str().unwrap() {
            "/k/gate" => Readable::Denied,
            "/k/a" => Readable::Missing,
            "/kh/a" => Readable::Yes,
            other => panic!("{other} is not needed"),
        }
    });
    assert_eq!(asked.borrow().len(), 3, "each file once");
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "inventory.toml:5:25: the key file `/k/gate` cannot be read (needed for a-[1-3])",
            "inventory.toml:9:25: the key file `/k/a` is not there (needed for a-[1-3])",
        ]
    );
    let b = [host(&inventory, "b")];
    let problems = check_files(&b, &|_| Readable::NotAFile);
    assert_eq!(
        problems.len(),
        1,
        "a known_hosts file that will be made need not be there"
    );
    assert!(
        b[0].files
            .iter()
            .all(|file| file.role == FileRole::Identity)
    );
}

#[test]
fn waivers_know_their_hosts() {
    let inventory = good(
        r#"
        [groups.ci]
        [groups.none]
        [[hosts]]
        name = "ci-[1-2]"
        groups = ["ci"]
        [[hosts]]
        name = "web"
        [[waivers]]
        control = "daemon-icc"
        hosts = "ci,web"
        owner = "o"
        reason = "r"
        expires = 2027-01-01
        [[waivers]]
        control = "daemon-icc"
        hosts = "gone-*,none"
        owner = "o"
        reason = "r"
        expires = 2020-01-01
        [[waivers]]
        control = "daemon-icc"
        owner = "o"
        reason = "r"
        expires = 1970-01-02
        "#,
    );
    assert_eq!(inventory.waivers[0].matched_hosts, ["ci-1", "ci-2", "web"]);
    assert!(
        inventory.waivers[1].matched_hosts.is_empty(),
        "hosts go, waivers stay"
    );
    assert_eq!(inventory.waivers[2].matched_hosts.len(), 3);
    assert_eq!(inventory.waivers[2].expires_day, 1);
}

#[test]
fn without_an_inventory_the_local_engine_is_the_fleet() {
    let inventory = local(Path::new("/run/docker.sock"));
    assert_eq!(inventory.hosts.len(), 1);
    assert_eq!(
        inventory.hosts[0].header.endpoint,
        "unix:///run/docker.sock"
    );
    assert_eq!(inventory.hosts[0].header.transport, Transport::Local);
}
