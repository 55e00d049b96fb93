//! `plimsoll hosts import` on what really leads to a host of the lab: the printed inventory is swept as it is.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Lab, lab, run};
use crate::program::plimsoll;

const HOST: &str = "clean-26";

/// Imports with `home` as the home folder and `folder` the current one, and sweeps all that was printed.
fn swept(home: &Path, what: &[&str]) {
    let imported = run(plimsoll(home)
        .current_dir(home)
        .args(["hosts", "import", "--from"])
        .args(what));
    assert!(imported.ok, "{}", imported.err);
    let inventory = home.join("inventory.toml");
    fs::write(&inventory, &imported.out).unwrap();
    // Its findings are of no interest here, and neither is the exit code they make.
    let swept = run(plimsoll(home)
        // The ssh program takes the home folder from the accounts of this machine.
        .env("PLIMSOLL_SSH_CONFIG", "none")
        .args(["sweep", "--format", "json", "--inventory"])
        .arg(&inventory));
    let report: Value = serde_json::from_str(&swept.out).unwrap();
    let hosts = report["hosts"].as_array().unwrap();
    assert!(!hosts.is_empty(), "{}", imported.out);
    for host in hosts {
        assert!(
            host["engine"]["version"].is_string(),
            "{}\n{host:#}",
            imported.out
        );
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn docker_contexts_lead_to_their_engines() {
    let Some(lab) = lab() else { return };
    let home = tempfile::tempdir().unwrap();
    let address = &lab.host(HOST).address;
    for (name, host, files) in [
        ("lab-tls", format!("tcp://{address}:2376"), true),
        ("lab-ssh", format!("ssh://deploy@{address}"), false),
    ] {
        // The docker command takes the folder's name from the hash; any name is read.
        let meta = home.path().join(".docker/contexts/meta").join(name);
        let tls = home.path().join(".docker/contexts/tls").join(name);
        fs::create_dir_all(&meta).unwrap();
        fs::create_dir_all(tls.join("docker")).unwrap();
        let context = json!({"Name": name, "Endpoints": {"docker": {"Host": host}}});
        fs::write(meta.join("meta.json"), context.to_string()).unwrap();
        for file in ["ca.pem", "cert.pem", "key.pem"] {
            if files {
                fs::copy(lab.tls_file(file), tls.join("docker").join(file)).unwrap();
            }
        }
    }
    login(lab, home.path());
    swept(home.path(), &["docker-context", "lab-*"]);
}

/// The lab's key and known hosts where `ssh` would look for them.
fn login(lab: &Lab, home: &Path) {
    let folder = home.join(".ssh");
    fs::create_dir(&folder).unwrap();
    for (from, to) in [("id_ed25519", "id_ed25519"), ("known_hosts", "known_hosts")] {
        fs::copy(lab.ssh_file(from), folder.join(to)).unwrap();
    }
}

#[test]
fn an_inventory_of_ansible_leads_to_its_hosts() {
    let Some(lab) = lab() else { return };
    let home = tempfile::tempdir().unwrap();
    let address = &lab.host(HOST).address;
    let known = text(&lab.ssh_file("known_hosts"));
    let key = text(&lab.ssh_file("id_ed25519"));
    let inventory = format!(
        "[web]\nweb-1 ansible_host={address}\nweb-2 ansible_host={address} ansible_user=root\n\n\
         [web:vars]\nansible_user=deploy\nansible_port=22\n\
         ansible_ssh_private_key_file={key}\n\
         ansible_ssh_common_args=-o UserKnownHostsFile={known} -o ControlPersist=60s\n\n\
         [behind]\nbehind-1 ansible_host={address}\n\n[behind:vars]\n\
         ansible_ssh_common_args='-o ProxyCommand=\"ssh -W %h:%p root@{address}\"'\nansible_user=deploy\n"
    );
    fs::write(home.path().join("hosts"), inventory).unwrap();
    login(lab, home.path());
    swept(home.path(), &["ansible", "hosts"]);
}
