//! The real script on what an engine named: layers of images, paths on the host, and a hostile image among them.

use plimsoll::domain::evidence::host::{HostFacts, Layer};
use plimsoll::domain::gap::{AsKnown as _, GapClass};
use plimsoll::probe::{Conversation, Leads, Needs};

use super::fake_root::Root;
use super::talk::{Told, talk_with};

const LAYER: &str = "/var/lib/docker/overlay2/a/diff";
const PASSWD: &[u8] =
    b"root:x:0:0:root:/root:/bin/sh\nguest::405:100:guest:/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n";
const SHADOW: &[u8] =
    b"root:$y$j9T$planted-hash:19000::::::\nguest::19000::::::\napp:!:19000::::::\n";

fn read(root: &Root, layers: &[&str], deep: bool) -> Told {
    let leads = Leads {
        paths: ["/srv/site".to_owned(), "relative".to_owned()].into(),
        layers: layers.iter().map(|layer| (*layer).to_owned()).collect(),
    };
    let needs = Needs {
        deep,
        ..Needs::default()
    };
    talk_with(
        &mut root.shell(),
        needs,
        &leads,
        Conversation::initial_input,
    )
}

fn layer<'a>(facts: &'a HostFacts, folder: &str) -> &'a Layer {
    facts.layers[folder].known().unwrap()
}

fn at(name: &str) -> Vec<u8> {
    format!("{}/{name}", LAYER.trim_start_matches('/')).into_bytes()
}

#[test]
fn a_layer_tells_its_system_accounts_and_packages_and_no_hash() {
    Root::each(|root| {
        root.file(&at("etc/passwd"), PASSWD, 0o644, 0);
        root.file(&at("etc/shadow"), SHADOW, 0o600, 0);
        root.file(
            &at("usr/lib/os-release"),
            b"NAME=\"A\"\nID=alpine\nVERSION_ID='3.20.1'\n",
            0o644,
            0,
        );
        root.link(&at("etc/os-release"), "../usr/lib/os-release");
        root.file(
            &at("lib/apk/db/installed"),
            b"C:Q1\nP:musl\nV:1\n\nP:gcc\n",
            0o644,
            0,
        );
        root.file(&at("bin/su"), b"x", 0o4755, 0);
        root.file(&at("bin/wall"), b"x", 0o2755, 0);
        root.folder_at(b"srv/site", 0o777, 0);
        let told = read(root, &[LAYER, "/gone"], false);
        let facts = told.facts();
        let found = layer(facts, LAYER);
        assert_eq!(found.os, Some(("alpine".into(), "3.20.1".into())));
        let accounts: Vec<_> = found
            .accounts
            .as_ref()
            .unwrap()
            .iter()
            .map(|account| (account.name.as_str(), account.uid, account.open))
            .collect();
        assert_eq!(
            accounts,
            [
                ("root", 0, false),
                ("guest", 405, true),
                ("app", 1000, false)
            ]
        );
        assert_eq!(found.without_password, Some(vec!["guest".into()]));
        assert_eq!(found.packages, Some(vec!["musl".into(), "gcc".into()]));
        assert_eq!(found.setuid, None, "only a deep sweep searches");
        assert_eq!(
            facts.layers["/gone"].known().unwrap_err().class,
            GapClass::NoData
        );
        assert_eq!(facts.file("/srv/site").unwrap().unwrap().mode, 0o777);
        assert!(facts.file("relative").is_err());
        let everything = format!("{facts:?}");
        assert!(!everything.contains("planted-hash"), "a hash was kept");
        let mut deep: Vec<_> = layer(read(root, &[LAYER], true).facts(), LAYER)
            .setuid
            .clone()
            .unwrap();
        deep.sort();
        assert_eq!(deep, ["/bin/su", "/bin/wall"]);
    });
}

#[test]
fn links_of_an_image_lead_nowhere() {
    Root::each(|root| {
        root.file(b"etc/shadow", b"host::1::::::\n", 0o600, 0);
        root.file(b"etc/secret-release", b"ID=host\n", 0o600, 0);
        root.link(&at("etc"), "/etc");
        root.link(&at("usr/lib/os-release"), "/etc/secret-release");
        root.link(b"var/lib/docker/overlay2/b", "/");
        let told = read(root, &[LAYER, "/var/lib/docker/overlay2/b"], true);
        let facts = told.facts();
        assert_eq!(
            layer(facts, LAYER),
            &Layer {
                setuid: Some(Vec::new()),
                ..Layer::default()
            }
        );
        assert!(facts.layers["/var/lib/docker/overlay2/b"].is_err());
    });
}

#[test]
fn an_ordinary_user_is_told_nothing_of_layers() {
    Root::each(|root| {
        root.file(&at("etc/passwd"), PASSWD, 0o644, 0);
        root.as_nobody();
        let told = read(root, &[LAYER], false);
        let gap = told.facts().layers[LAYER].known().unwrap_err();
        assert_eq!(gap.class, GapClass::Permission);
        assert_eq!(
            told.facts().swarm_state.known().unwrap_err().class,
            GapClass::Permission
        );
    });
}

#[test]
fn a_node_tells_the_addresses_that_it_joined_with_and_no_key() {
    Root::each(|root| {
        assert!(
            read(root, &[], false)
                .facts()
                .swarm_state
                .known()
                .unwrap()
                .is_empty()
        );
        root.file(
            b"var/lib/docker/swarm/docker-state.json",
            b"{\"LocalAddr\":\"10.0.0.1\",\"AdvertiseAddr\":\"10.0.0.1:2377\",\"DataPathAddr\":\"10.1.0.1\",\"Token\":\"planted-token\"}",
            0o600,
            0,
        );
        let told = read(root, &[], false);
        let state = told.facts().swarm_state.known().unwrap();
        assert_eq!(state["DataPathAddr"], "10.1.0.1");
        assert_eq!(state["AdvertiseAddr"], "10.0.0.1:2377");
        assert!(!String::from_utf8_lossy(&told.output).contains("planted"));
        assert_eq!(state.len(), 3);
    });
}
