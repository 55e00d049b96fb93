//! `plimsoll hosts import`: what is taken over from other tools, what is left out and why, and that it loads.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The files that are imported; `hosts.json` is what `ansible-inventory --list` of ansible-core 2.19 prints of the file
/// beside it.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import");

/// The program in `folder`, which is the home folder too.
fn plimsoll(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .env_clear()
        .env("HOME", folder)
        .env("USER", "ann")
        .env("PLIMSOLL_STATE", folder.join("state"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Whoever does not read it closes it.
    let _unread = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// What an import of `what` prints and says, and the hosts of the inventory that it is.
fn imported(folder: &Path, what: &[&str], input: &str) -> (String, String, Vec<Value>) {
    let arguments: Vec<&str> = ["hosts", "import", "--from"]
        .into_iter()
        .chain(what.iter().copied())
        .collect();
    let output = plimsoll(folder, &arguments, input);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    fs::write(folder.join("inventory.toml"), &text).unwrap();
    let listed = plimsoll(folder, &["hosts", "--json"], "");
    let complaint = String::from_utf8(listed.stderr).unwrap();
    assert_eq!(listed.status.code(), Some(0), "{text}\n{complaint}");
    let inventory: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let hosts = inventory["hosts"].as_array().unwrap().clone();
    (text, said, hosts)
}

/// Hosts by name, to compare what came in another order.
fn sorted(mut hosts: Vec<Value>) -> Vec<Value> {
    hosts.sort_by_key(|host| host["name"].as_str().unwrap().to_owned());
    hosts
}

/// A folder with a copy of a part of the corpus.
fn copied(part: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(CORPUS).join(part), folder.path());
    folder
}

#[test]
fn ansible_in_ini_with_what_lies_beside_it() {
    let folder = copied("ini");
    let (text, said, hosts) = imported(folder.path(), &["ansible", "hosts"], "");
    insta::assert_snapshot!("ansible_ini", format!("{text}---\n{said}"));
    assert!(!text.contains("hunter2") && !said.contains("hunter2"));
    // What Ansible itself makes of the same files is the same fleet.
    let json = fs::read_to_string(folder.path().join("hosts.json")).unwrap();
    let (_, _, again) = imported(folder.path(), &["ansible", "-"], &json);
    assert_eq!(sorted(hosts), sorted(again));
}

#[test]
fn ansible_in_yaml_and_as_ansible_lists_it() {
    let folder = copied("yaml");
    fs::create_dir(folder.path().join(".ssh")).unwrap();
    fs::write(folder.path().join(".ssh/zh"), "").unwrap();
    let (text, said, hosts) = imported(folder.path(), &["ansible", "hosts.yml"], "");
    insta::assert_snapshot!("ansible_yaml", format!("{text}---\n{said}"));
    let (_, _, again) = imported(folder.path(), &["ansible", "hosts.json"], "");
    assert_eq!(sorted(hosts), sorted(again));
}

#[test]
fn a_program_as_an_inventory_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let inventory = folder.path().join("inventory");
    fs::create_dir(&inventory).unwrap();
    fs::write(inventory.join("cloud"), "#!/bin/sh\ntouch ran\n").unwrap();
    let output = plimsoll(
        folder.path(),
        &["hosts", "import", "--from", "ansible", "inventory"],
        "",
    );
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("ansible-inventory"), "{said}");
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn hosts_of_ssh_config_by_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".ssh")).unwrap();
    fs::copy(
        Path::new(CORPUS).join("ssh.conf"),
        folder.path().join(".ssh/config"),
    )
    .unwrap();
    let (text, said, _) = imported(folder.path(), &["ssh-config"], "");
    insta::assert_snapshot!("ssh_config", format!("{text}---\n{said}"));
    let (_, _, hosts) = imported(folder.path(), &["ssh-config", "web-*", "db-*"], "");
    let names: Vec<&str> = hosts
        .iter()
        .map(|host| host["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["web-01", "web-02", "db-01"]);
}

#[test]
fn a_plain_list() {
    let folder = tempfile::tempdir().unwrap();
    let list = fs::read_to_string(Path::new(CORPUS).join("hosts.list")).unwrap();
    let (text, said, _) = imported(folder.path(), &["list", "-"], &list);
    insta::assert_snapshot!("list", format!("{text}---\n{said}"));
}

/// Writes a context as `docker context create` does: the folder's name is the hash of the context's.
fn context(folder: &Path, name: &str, host: &str, files: &[&str]) {
    use sha2::{Digest as _, Sha256};
    let id = plimsoll::domain::text::hex(&Sha256::digest(name));
    let meta = folder.join(".docker/contexts/meta").join(&id);
    fs::create_dir_all(&meta).unwrap();
    let json = serde_json::json!({
        "Name": name,
        "Metadata": {},
        "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": false}},
    });
    fs::write(meta.join("meta.json"), json.to_string()).unwrap();
    let tls = folder.join(".docker/contexts/tls").join(&id).join("docker");
    fs::create_dir_all(&tls).unwrap();
    for file in files {
        fs::write(tls.join(file), "").unwrap();
    }
}

#[test]
fn docker_contexts_with_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let whole = ["ca.pem", "cert.pem", "key.pem"];
    context(folder.path(), "a-ssh", "ssh://ops@a.example:2222", &[]);
    context(folder.path(), "b-tls", "tcp://10.0.0.9:2376", &whole);
    context(folder.path(), "c-plain", "tcp://10.0.0.9:2375", &[]);
    context(
        folder.path(),
        "d-pipe",
        "npipe:////./pipe/docker_engine",
        &[],
    );
    context(folder.path(), "e-socket", "unix:///run/docker.sock", &[]);
    context(
        folder.path(),
        "f-half",
        "tcp://10.0.0.9:2376",
        &["ca.pem", "cert.pem"],
    );
    context(folder.path(), "g-ca", "tcp://10.0.0.9:2376", &["ca.pem"]);
    context(folder.path(), "h-system", "https://engine.example", &[]);
    let (text, said, hosts) = imported(folder.path(), &["docker-context"], "");
    let home = folder.path().display().to_string();
    let shown = format!("{text}---\n{said}").replace(&home, "HOME");
    // The order is that of the hashes.
    let mut blocks: Vec<&str> = shown.split("\n\n").collect();
    blocks.sort_unstable();
    insta::assert_snapshot!("docker_contexts", blocks.join("\n\n"));
    assert_eq!(hosts.len(), 6);
    let (_, _, one) = imported(folder.path(), &["docker-context", "b-*"], "");
    assert_eq!(one.len(), 1);
}

#[test]
fn nothing_to_take_over_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        ["list", "-"].as_slice(),
        &["list"],
        &["list", "nowhere"],
        &["docker-context"],
        &["ansible", "-"],
        &["ssh-config", "a[b"],
    ] {
        let words: Vec<&str> = ["hosts", "import", "--from"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let output = plimsoll(folder.path(), &words, "# nobody\n");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}
