//! Plain lists: a host a line, as people keep them, and the lines of `/etc/hosts`.

use std::net::IpAddr;

use super::Found;
use super::entry::{Entry, Settings};
use crate::domain::nodeset;

/// Most hosts that one line may mean.
const MOST: usize = 100_000;

/// Reads `text`, called `place` in notes.
///
/// A line is `name`, `user@host:port`, an endpoint (`ssh://…`, `unix://…`), a node set (`web-[01-20]`), or an address
/// with names behind it. `#` begins a comment.
pub fn read(text: &str, place: &str) -> Found {
    let mut found = Found::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = format!("{place}:{}", index + 1);
        match words.as_slice() {
            [] => {}
            [one] => host(one, &at, &mut found),
            [address, name, ..] => match address.parse::<IpAddr>() {
                Ok(address) => found.add(Entry {
                    name: (*name).to_owned(),
                    groups: Vec::new(),
                    settings: Settings {
                        endpoint: Some(format!("ssh://{}", bracketed(address))),
                        ..Settings::default()
                    },
                }),
                Err(_) => found.note(
                    &at,
                    "left out: a line holds one host, or an address and its name",
                ),
            },
        }
    }
    found
}

fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn host(word: &str, at: &str, found: &mut Found) {
    let (endpoint, place) = match word.split_once("://") {
        Some(("ssh", rest)) => (Some(word.to_owned()), rest),
        Some(("unix", _)) => (Some(word.to_owned()), "local"),
        Some(("tcp", _)) => {
            return found.note(
                at,
                "left out: an engine behind TCP needs `tls` in the inventory, which a list does not hold",
            );
        }
        Some((scheme, _)) => {
            return found.note(at, format!("left out: `{scheme}://` is not reached"));
        }
        None if word.contains(['@', ':']) => (Some(format!("ssh://{word}")), word),
        None => (None, word),
    };
    let server = match &endpoint {
        Some(_) => place.split('/').next().unwrap_or_default(),
        None => place,
    };
    let server = server.rsplit('@').next().unwrap_or_default();
    let name = match server
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, _)) if address.contains(':') => address.replace([':', '%'], "-"),
        _ => server
            .rsplit_once(':')
            .map_or(server, |(host, _)| host)
            .to_owned(),
    };
    let names = match nodeset::expand(&name, MOST) {
        Ok(names) => names,
        Err(wrong) => return found.note(at, format!("left out: {wrong}")),
    };
    for expanded in names {
        // Many hosts are one entry again when they are written.
        let endpoint = endpoint.as_ref().map(|endpoint| {
            if expanded == name {
                endpoint.clone()
            } else {
                endpoint.replace(&name, "{name}")
            }
        });
        found.add(Entry {
            name: expanded,
            groups: Vec::new(),
            settings: Settings {
                endpoint,
                ..Settings::default()
            },
        });
    }
}
