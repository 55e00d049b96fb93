//! The sections `layers` and `swarm` of round two: what layers of images hold, and how the node joined its swarm.

use std::collections::BTreeMap;

use crate::domain::evidence::host::{Layer, LayerAccount};
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

use super::frame::Answer;
use super::path::{self, lines};
use super::plan::Plan;

/// Every layer that was asked for.
pub(super) fn read(plan: &Plan, answer: &Answer) -> BTreeMap<String, Known<Layer>> {
    if plan.layers.is_empty() {
        return BTreeMap::new();
    }
    let told = answer.whole("layers", "layers of images").map(parse);
    plan.layers
        .iter()
        .map(|(text, tidy)| {
            let layer = match &told {
                Ok(layers) => layers.get(tidy).cloned().ok_or_else(|| {
                    Gap::no_data(format!(
                        "the layer {} is not there",
                        clean(&path::text(tidy))
                    ))
                }),
                Err(gap) => Err(gap.clone()),
            };
            (text.clone(), layer)
        })
        .collect()
}

/// Fields end with NUL: `y` and the layer begins one; `f` and a name inside is followed by a field with its content,
/// `w` and a name takes the file of the layers below away, `s` and a path inside is a setuid program.
fn parse(raw: &[u8]) -> BTreeMap<Vec<u8>, Layer> {
    let mut found: BTreeMap<Vec<u8>, Layer> = BTreeMap::new();
    let mut current: Option<Vec<u8>> = None;
    let mut fields = raw.split(|byte| *byte == 0);
    while let Some(field) = fields.next() {
        let Some((mark, rest)) = field.split_first() else {
            continue;
        };
        if *mark == b'y' {
            found.entry(rest.to_vec()).or_default();
            current = Some(rest.to_vec());
            continue;
        }
        let content = if *mark == b'f' {
            fields.next().unwrap_or_default()
        } else {
            &[]
        };
        let Some(layer) = current.as_ref().and_then(|name| found.get_mut(name)) else {
            continue;
        };
        match mark {
            b'f' | b'w' => learn(layer, rest, content),
            b'S' => layer.setuid = Some(layer.setuid.take().unwrap_or_default()),
            b's' => {
                let path = clean(&path::text(rest));
                layer.setuid.get_or_insert_default().push(path);
            }
            _ => {}
        }
    }
    found
}

fn learn(layer: &mut Layer, name: &[u8], content: &[u8]) {
    match name {
        b"etc/passwd" => layer.accounts = Some(accounts(content)),
        b"etc/shadow" => {
            layer.without_password = Some(lines(content).iter().map(|name| clean(name)).collect());
        }
        b"etc/os-release" | b"usr/lib/os-release" if layer.os.is_none() => {
            layer.os = Some(system(content));
        }
        b"var/lib/dpkg/status" | b"lib/apk/db/installed" | b"usr/lib/apk/db/installed" => {
            let names = lines(content).into_iter().map(|name| clean(&name));
            layer.packages.get_or_insert_default().extend(names);
        }
        _ => {}
    }
}

/// `P UID NAME`, or `E UID NAME` where the password field is empty.
fn accounts(content: &[u8]) -> Vec<LayerAccount> {
    lines(content)
        .iter()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ' ');
            let (mark, uid, name) = (parts.next()?, parts.next()?, parts.next()?);
            Some(LayerAccount {
                name: clean(name),
                uid: uid.parse().ok()?,
                open: mark == "E",
            })
        })
        .collect()
}

/// `ID` and `VERSION_ID`.
fn system(content: &[u8]) -> (String, String) {
    let lines = lines(content);
    let value = |key: &str| {
        lines
            .iter()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .map_or_else(String::new, |value| {
                clean(value.trim().trim_matches(['"', '\'']))
            })
    };
    (value("ID"), value("VERSION_ID"))
}

/// `"AdvertiseAddr":"10.0.0.1:2377"` and so on, each on a line.
pub(super) fn swarm_state(answer: &Answer) -> Known<BTreeMap<String, String>> {
    let section = answer.section("swarm")?;
    if matches!(section.status, Some(1 | 3)) {
        return Ok(BTreeMap::new());
    }
    let raw = section.whole("the state of the swarm on this node")?;
    Ok(lines(raw)
        .iter()
        .filter_map(|line| {
            let (key, value) = line.split_once(':')?;
            Some((clean(key.trim_matches('"')), clean(value.trim_matches('"'))))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{Layer, parse};

    #[test]
    fn a_file_of_an_image_cannot_pass_for_another_layer() {
        let raw = b"y/l/a\0fetc/passwd\0P 0 root\nE 1000 y/l/b\n\0fetc/os-release\0ID=alpine\nVERSION_ID=\"3.20.1\"\n\0S\0s/bin/su\0y/l/b\0wetc/shadow\0";
        let layers = parse(raw);
        assert_eq!(layers.len(), 2);
        let first = &layers[b"/l/a".as_slice()];
        let accounts = first.accounts.as_ref().unwrap();
        assert_eq!((accounts[0].uid, accounts[0].open), (0, false));
        assert_eq!(
            (accounts[1].name.as_str(), accounts[1].open),
            ("y/l/b", true)
        );
        assert_eq!(first.os, Some(("alpine".into(), "3.20.1".into())));
        assert_eq!(first.setuid, Some(vec!["/bin/su".into()]));
        let second = &layers[b"/l/b".as_slice()];
        assert_eq!(
            second,
            &Layer {
                without_password: Some(Vec::new()),
                ..Layer::default()
            }
        );
    }
}
