//! `docs/inventory.md` and the parser know the same keys.

use plimsoll::inventory::keys;

pub(super) const TABLES: &[&[&str]] = &[
    keys::ROOT,
    keys::DEFAULTS,
    keys::GROUP,
    keys::HOST,
    keys::TLS,
    keys::GUARDRAILS,
    keys::STORE,
    keys::WAIVER,
];

#[test]
fn every_key_is_described() {
    let page = include_str!("../../../docs/inventory.md");
    let sections = [
        ("## The file", keys::ROOT),
        ("## Settings", keys::DEFAULTS),
        ("## Groups", keys::GROUP),
        ("## Hosts", keys::HOST),
        ("## TLS", keys::TLS),
        ("## Guardrails", keys::GUARDRAILS),
        ("## Store", keys::STORE),
        ("## Waivers", keys::WAIVER),
    ];
    assert_eq!(sections.len(), TABLES.len());
    for (title, keys) in sections {
        let section = page
            .split_once(&format!("{title}\n"))
            .unwrap_or_else(|| panic!("no section {title}"))
            .1;
        let section = section.split("\n## ").next().unwrap();
        let described: Vec<&str> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        assert_eq!(described, keys, "the rows of {title}");
    }
}
