//! The table and the JSON of `plimsoll hosts`.

use plimsoll::domain::text::width;
use plimsoll::inventory::show::{json, table};
use plimsoll::inventory::spec::{HostSpec, Inventory};

use super::good;

fn fleet() -> Inventory {
    good(
        r#"
        [defaults]
        user = "ops"
        [groups.prod]
        mode = "audit"
        reason = "change control"
        [groups.edge]
        jump = ["gate"]
        [[hosts]]
        name = "gate"
        identity_file = "~/.ssh/gate"
        [[hosts]]
        name = "web-01"
        groups = ["prod", "edge"]
        policy = { docker_users = ["deploy"] }
        guardrails = { max_batch = 2 }
        [[hosts]]
        name = "cache"
        endpoint = "tcp://10.0.0.9:2376"
        tls = { ca = "/t/ca", cert = "/t/cert", key = "/t/key" }
        [store]
        url = "postgres://u:hunter2@db/p"
        "#,
    )
}

fn all(inventory: &Inventory) -> Vec<&HostSpec> {
    inventory.hosts.iter().collect()
}

#[test]
fn the_table_is_as_wide_as_it_needs() {
    let fleet = fleet();
    assert_eq!(
        table(&all(&fleet), None),
        "\
HOST    ENDPOINT             GROUPS     MODE      PROFILE      VIA
gate    ssh://ops@gate:22    -          operator  recommended  -
web-01  ssh://ops@web-01:22  prod,edge  audit     recommended  gate
cache   tcp://10.0.0.9:2376  -          operator  recommended  -
"
    );
}

#[test]
fn the_table_fits_the_terminal() {
    let inventory = good(
        "[[hosts]]\nname = \"主机主机主机主机主机主机主机主机主机主机\"\n[[hosts]]\nname = \"a-rather-long-name-of-a-host.example.net\"",
    );
    for columns in [40, 60, 72, 100, 200] {
        let table = table(&all(&inventory), Some(columns));
        let widest = table.lines().map(width).max().unwrap();
        assert!(widest <= columns.max(6 * 8 + 10), "{columns}:\n{table}");
        assert_eq!(table.lines().count(), 3);
    }
}

#[test]
fn the_json_tells_everything_but_secrets() {
    let fleet = fleet();
    let text = json(&fleet, &all(&fleet)).unwrap();
    assert!(!text.contains("hunter2"));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "plimsoll.hosts/1");
    assert!(value["inventory"].as_str().unwrap().starts_with("sha256:"));
    let web = &value["hosts"][1];
    assert_eq!(web["name"], "web-01");
    assert_eq!(web["mode"], "audit");
    assert_eq!(web["mode_reason"], "change control");
    assert_eq!(web["jumps"][0], "gate");
    assert_eq!(web["through"][0]["server"], "ops@gate:22");
    assert_eq!(
        web["through"][0]["identity_files"][0],
        "/home/ann/.ssh/gate"
    );
    assert_eq!(web["ssh"]["host_key"], "strict");
    assert_eq!(web["policy"]["values"]["docker_users"][0], "deploy");
    assert_eq!(web["guardrails"]["max_batch"], 2);
    assert_eq!(web["host_timeout_ms"], 60_000);
    assert_eq!(value["hosts"][2]["tls"]["ca"], "/t/ca");
    assert!(value["hosts"][2]["ssh"].is_null());
}
