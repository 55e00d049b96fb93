//! What `ssh_config` adds to the hosts of an inventory: only what the inventory leaves open.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll::inventory::spec::{AgentUse, Endpoint, HostKeyPolicy, HostSpec, SshTarget};
use plimsoll::inventory::ssh::{Query, UsualFiles, fill};
use plimsoll::inventory::{Environment, parse};
use plimsoll::sshconfig::{self, Config, Facts, NoVariables, Source};

struct Nothing;

impl Source for Nothing {
    fn open(&self, _pattern: &Path) -> Result<Vec<(PathBuf, String)>, String> {
        Ok(Vec::new())
    }
}

const CONFIG: &str = "
Host web db
    HostName 10.0.0.1
    User fromssh
    Port 2222
    IdentityFile ~/.ssh/fromssh
    CertificateFile ~/.ssh/fromssh-cert.pub
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile /kh/ssh
    HostKeyAlias shared
    StrictHostKeyChecking no
    ConnectTimeout 3
    ProxyJump bastion-hk
Host bastion-hk
    HostName 203.0.113.7
    User jumper
    ProxyJump outer:2201
Host command
    ProxyCommand nc %h %p
Host circle-a
    ProxyJump circle-b
Host circle-b
    ProxyJump circle-a
";

/// The hosts of `inventory` after everything that `CONFIG` says.
fn filled(inventory: &str) -> Vec<HostSpec> {
    let mut config = Config::default();
    let home = Path::new("/home/ann");
    config.add(Path::new("config"), CONFIG, home, Some(home), &Nothing);
    let environment = Environment {
        ssh: Some(&config),
        ..super::environment()
    };
    let text = format!("version = 1\n{inventory}");
    let mut hosts = parse(&text, "inventory.toml", &environment).unwrap().hosts;
    let usual = UsualFiles {
        user: vec!["/usual/user".into()],
        global: vec!["/usual/global".into()],
    };
    let lookup = |query: &Query| {
        let facts = Facts {
            alias: &query.alias,
            user: query.user.as_deref(),
            port: query.port,
            local_user: "ann",
            home: Some("/home/ann"),
            variable: &NoVariables,
        };
        Some(sshconfig::resolve(&config, &facts).map_err(|refusal| refusal.to_string()))
    };
    for host in &mut hosts {
        assert_eq!(fill(host, &usual, &lookup), []);
    }
    hosts
}

fn target(host: &HostSpec) -> &SshTarget {
    match &host.endpoint {
        Endpoint::Ssh { target, .. } => target,
        other => panic!("{other:?}"),
    }
}

fn jumps(host: &HostSpec) -> Vec<String> {
    let whole = |hop: &SshTarget| {
        let user = hop.user.as_deref().unwrap_or("-");
        format!("{user}@{}={}:{}", hop.host, hop.server(), hop.port)
    };
    host.jumps.iter().map(whole).collect()
}

#[test]
fn everything_that_is_left_open_comes_from_ssh_config() {
    let hosts = filled("[[hosts]]\nname = \"web\"\n");
    let target = target(&hosts[0]);
    assert_eq!(
        (target.host.as_str(), target.server(), target.port),
        ("web", "10.0.0.1", 2222)
    );
    assert_eq!(target.user.as_deref(), Some("fromssh"));
    assert_eq!(target.identity_files, [Path::new("/home/ann/.ssh/fromssh")]);
    assert_eq!(
        target.certificates,
        [Path::new("/home/ann/.ssh/fromssh-cert.pub")]
    );
    assert!(target.identities_only);
    assert_eq!(target.agent, AgentUse::None);
    assert_eq!(
        target.known_hosts,
        [Path::new("/kh/ssh"), Path::new("/usual/global")]
    );
    assert_eq!(target.host_key_alias.as_deref(), Some("shared"));
    assert_eq!(target.host_key, HostKeyPolicy::AcceptNew);
    assert_eq!(hosts[0].connect_timeout, Duration::from_secs(3));
    assert_eq!(
        jumps(&hosts[0]),
        [
            "-@outer=outer:2201".to_owned(),
            "jumper@bastion-hk=203.0.113.7:22".to_owned()
        ]
    );
    assert_eq!(hosts[0].header.endpoint, "ssh://fromssh@web:2222");
    assert_eq!(hosts[0].header.jumps.len(), 2);
}

#[test]
fn what_the_inventory_says_wins() {
    let hosts = filled(
        "[defaults]\nconnect_timeout = \"9s\"\nhost_key = \"strict\"\n[groups.g]\nidentity_file = \"/keys/mine\"\n\
         known_hosts = \"/kh/mine\"\n[[hosts]]\nname = \"db\"\ngroups = [\"g\"]\nendpoint = \"ssh://me@db:23\"\njump = []\n",
    );
    let target = target(&hosts[0]);
    assert_eq!(target.user.as_deref(), Some("me"));
    assert_eq!((target.server(), target.port), ("10.0.0.1", 23));
    assert_eq!(target.identity_files, [Path::new("/keys/mine")]);
    assert_eq!(target.known_hosts, [Path::new("/kh/mine")]);
    assert!(target.certificates.is_empty() && target.identities_only);
    assert_eq!(target.host_key, HostKeyPolicy::Strict);
    assert_eq!(hosts[0].connect_timeout, Duration::from_secs(9));
    assert!(hosts[0].jumps.is_empty());
}

#[test]
fn a_jump_that_only_ssh_config_knows_leads_on() {
    let hosts = filled("[[hosts]]\nname = \"inner\"\njump = [\"bastion-hk\"]\n");
    assert_eq!(
        jumps(&hosts[0]),
        [
            "-@outer=outer:2201".to_owned(),
            "jumper@bastion-hk=203.0.113.7:22".to_owned()
        ]
    );
}

#[test]
fn what_cannot_be_done_is_said_for_that_host_only() {
    let hosts = filled(
        "[[hosts]]\nname = \"command\"\n[[hosts]]\nname = \"circle-a\"\n[[hosts]]\nname = \"plain\"\n",
    );
    let refused: Vec<Option<&str>> = hosts
        .iter()
        .map(|host| target(host).refused.as_deref())
        .collect();
    assert!(refused[0].unwrap().contains("ProxyCommand"), "{refused:?}");
    assert!(
        refused[1].unwrap().contains("lead to each other"),
        "{refused:?}"
    );
    assert_eq!(refused[2], None);
}
