//! The secrets hidden on the neglected host, and a search for them in anything plimsoll wrote.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::harness::{folder, lab};

/// A made-up secret and where the lab hides it.
#[derive(Debug)]
pub(crate) struct Planted {
    /// What it is called in `planted.txt`.
    pub(crate) name: String,
    /// The text that must never be written anywhere.
    pub(crate) value: String,
}

/// All planted secrets.
pub(crate) fn planted() -> Vec<Planted> {
    fs::read_to_string(folder().join("planted.txt"))
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line
                .split_once('\t')
                .unwrap_or_else(|| panic!("no tab: {line}"));
            Planted {
                name: name.to_owned(),
                value: value.to_owned(),
            }
        })
        .collect()
}

/// The names of the planted secrets whose values occur in `text`.
pub(crate) fn leaked_in(text: &str) -> Vec<String> {
    planted()
        .into_iter()
        .filter(|secret| text.contains(&secret.value))
        .map(|secret| secret.name)
        .collect()
}

/// What all files below `folder` hold, compressed ones unpacked; but for databases ([`databases_below`]) and the key
/// of keyed hashes, which is random bytes and the one secret of our own.
pub(crate) fn text_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&text_below(&path));
        } else if !path.ends_with("fingerprint.key") && !is_database(&path) {
            let mut bytes = fs::read(&path).unwrap();
            if path.extension().is_some_and(|ending| ending == "gz") {
                let packed = std::mem::take(&mut bytes);
                MultiGzDecoder::new(packed.as_slice())
                    .read_to_end(&mut bytes)
                    .unwrap();
            }
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    text
}

fn is_database(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.contains(".sqlite"))
}

/// What the databases in `folder` hold, their logs among it: text between bytes of their own.
pub(crate) fn databases_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if is_database(&path) {
            text.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
    text
}

/// Without this the search for leaks could pass because nothing was hidden in the first place.
#[test]
fn every_planted_secret_is_really_there() {
    let Some(lab) = lab() else { return };
    let everything = lab.in_host(
        "neglected",
        "docker inspect $(docker ps --all --quiet)
         docker image inspect $(docker images --quiet)
         for image in $(docker images --quiet); do docker history --no-trunc $image; done
         docker volume inspect $(docker volume ls --quiet)
         docker network inspect $(docker network ls --quiet)
         docker info
         cat /etc/default/docker /root/.docker/config.json /srv/shop/.env
         cat /etc/systemd/system/docker.service.d/*",
    );
    let found = leaked_in(&everything.out);
    let missing: Vec<_> = planted()
        .into_iter()
        .map(|secret| secret.name)
        .filter(|name| !found.contains(name))
        .collect();
    assert!(
        missing.is_empty(),
        "not planted: {missing:?}\n{}",
        everything.err
    );
}
