//! Host expressions: what they select, and what they say when they cannot.

use plimsoll::inventory::select;
use plimsoll::inventory::spec::Inventory;

use super::good;

fn fleet() -> Inventory {
    good(
        r#"
        [groups.prod]
        [groups.edge]
        [groups.empty]
        [[hosts]]
        name = "web-[01-04]"
        groups = ["prod"]
        [[hosts]]
        name = "edge-[1-2]"
        groups = ["prod", "edge"]
        [[hosts]]
        name = "db.example.net"
        "#,
    )
}

fn chosen(expression: &str) -> String {
    let fleet = fleet();
    match select(&fleet, expression) {
        Ok(indexes) => indexes
            .iter()
            .map(|index| fleet.hosts[*index].header.name.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => format!(
            "{}: {} | {}",
            error.column,
            error.message,
            error.hint.as_deref().unwrap_or("-")
        ),
    }
}

#[test]
fn expressions_select_hosts() {
    for (expression, expected) in [
        ("web-02", "web-02"),
        ("edge", "edge-1 edge-2"),
        (
            "*",
            "web-01 web-02 web-03 web-04 edge-1 edge-2 db.example.net",
        ),
        ("*-?1", "web-01"),
        ("db.*", "db.example.net"),
        ("web-[01-02,04]", "web-01 web-02 web-04"),
        ("web-[03-20]", "web-03 web-04"),
        ("w*-[01,03]", "web-01 web-03"),
        ("prod&!edge", "web-01 web-02 web-03 web-04"),
        (
            "prod&!edge,db*",
            "web-01 web-02 web-03 web-04 db.example.net",
        ),
        ("prod&!edge,web-[01-10]", "web-01 web-02 web-03 web-04"),
        ("db.example.net,web-01&prod", "web-01 db.example.net"),
        ("!prod", "db.example.net"),
        ("!!edge", "edge-1 edge-2"),
        ("!(edge,web-*)", "db.example.net"),
        ("prod & ( edge , web-01 )", "web-01 edge-1 edge-2"),
        ("(prod)", "web-01 web-02 web-03 web-04 edge-1 edge-2"),
        ("web-01,web-01", "web-01"),
    ] {
        assert_eq!(chosen(expression), expected, "{expression}");
    }
}

#[test]
fn expressions_that_select_nothing_say_why() {
    for (expression, expected) in [
        ("", "1: a host or group is missing | -"),
        ("  ", "3: a host or group is missing | -"),
        ("prod&", "6: a host or group is missing | -"),
        ("prod,,edge", "6: a host or group is missing before `,` | -"),
        ("(prod", "6: `(` without `)` | -"),
        (
            "prod)",
            "5: unexpected `)` | join with `,` (or) or `&` (and)",
        ),
        (
            "prod edge",
            "6: unexpected `e` | join with `,` (or) or `&` (and)",
        ),
        (
            "prod!edge",
            "5: unexpected `!` | join with `,` (or) or `&` (and)",
        ),
        (
            "web-1",
            "1: `web-1` is no host and no group | did you mean `web-01`?",
        ),
        (
            "edge,prd",
            "6: `prd` is no host and no group | did you mean `prod`?",
        ),
        ("empty", "1: group `empty` has no host | -"),
        ("prod&mail-*", "6: `mail-*` matches no host | -"),
        (
            "pro*",
            "1: `pro*` matches no host | a glob is over host names; the group is `prod`",
        ),
        (
            "web-[10-20]",
            "1: `web-[10-20]` is no host and no group | did you mean `web-01`?",
        ),
        ("web-[2-1]", "6: bad node set: `2-1` counts backwards | -"),
        ("web-[1", "5: bad node set: `[` without `]` | -"),
        (
            "web-{1,2}*",
            "1: `web-{1` is no host and no group | did you mean `web-01`?",
        ),
        (
            "web-{1}*",
            "1: bad glob `web-{1}*`: only `*`, `?` and node sets | -",
        ),
        ("prod&!prod", "1: `prod&!prod` selects no host | -"),
    ] {
        assert_eq!(chosen(expression), expected, "{expression}");
    }
    assert!(chosen(&"(".repeat(100_000)).contains("nested too deeply"));
    assert!(chosen(&"!".repeat(100_000)).contains("nested too deeply"));
}

#[test]
fn brackets_side_by_side_do_not_count_as_nested() {
    let many = vec!["(!edge)"; 500].join(",");
    assert_eq!(chosen(&many), "web-01 web-02 web-03 web-04 db.example.net");
}
