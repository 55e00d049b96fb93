//! What a declared profile does to the rows, the weight and the scope of a sweep.

use std::fs;
use std::process::{Command, Stdio};

use plimsoll::assess::profile::Profiles;
use plimsoll::controls;
use plimsoll::domain::control::Area;
use plimsoll::domain::policy::{Policy, PolicyValue};
use plimsoll::domain::profile::{Declared, Selector};
use serde_json::Value;

#[test]
fn what_is_excluded_is_out_whatever_adds_it() {
    let mut profiles = Profiles::default();
    profiles.add(Declared {
        name: "web".into(),
        base: Some("practices".into()),
        include: vec![Selector::Area(Area::Swarm)],
        exclude: vec![Selector::Practice(24)],
        parameters: [("restart_max_tries".to_owned(), PolicyValue::Int(3))].into(),
        ..Declared::default()
    });
    let web = profiles.named("web");
    let mut dropped = 0;
    for control in controls::all() {
        let base = !control.practices.is_empty() || control.area == Area::Swarm;
        let out = control.practices.contains(&24);
        assert_eq!(web.includes(control), base && !out, "{}", control.id);
        assert_eq!(web.excluded(control), base && out, "{}", control.id);
        dropped += usize::from(out);
    }
    assert!(dropped >= 2);
    // The inventory's value wins over the profile's, and that one over its base's.
    let policy = web.policy(&Policy::default());
    assert_eq!(policy.int("restart_max_tries"), Some(3));
    assert_eq!(policy.text("certificate_mode"), Some("0444"));
    let mut inventory = Policy::default();
    inventory
        .values
        .insert("restart_max_tries".into(), PolicyValue::Int(9));
    assert_eq!(web.policy(&inventory).int("restart_max_tries"), Some(9));
}

/// The demo swept under the profile `written`, with `text` as the profile `web`.
fn demo(text: &str, written: &str) -> (i32, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("config/plimsoll/profiles");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("web.toml"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .env_clear()
        .env("HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path().join("config"))
        .env("PLIMSOLL_STATE", folder.path().join("state"))
        .current_dir(folder.path())
        .args([
            "demo",
            "--hosts",
            "1",
            "--sweep",
            "--format",
            "json",
            "--profile",
            written,
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), json, said)
}

const WEB: &str = "version = 1\nbase = \"recommended\"\nexclude = [\"image-*\"]\n[severity]\nrun-memory-limit = \"info\"\n";

#[test]
fn a_sweep_is_judged_by_it_and_says_what_differs() {
    for written in ["web", "config/plimsoll/profiles/web.toml"] {
        let (_, json, said) = demo(WEB, written);
        let host = &json["hosts"][0];
        assert_eq!(host["profile"], "web", "{said}");
        let rows = host["results"].as_array().unwrap();
        let control = |row: &Value| row["control"].as_str().unwrap().to_owned();
        assert!(rows.len() > 100 && rows.iter().all(|row| !control(row).starts_with("image-")));
        let changed = rows
            .iter()
            .filter(|row| row["control"] == "run-memory-limit");
        assert!(changed.clone().count() > 0);
        assert!(changed.into_iter().all(|row| row["severity"] == "info"));
        let scope = &json["scope"];
        let excluded = scope["excluded_controls"].as_array().unwrap();
        assert!(excluded.iter().any(|id| id == "image-secrets"));
        assert_eq!(scope["severity_overrides"]["run-memory-limit"], "info");
    }
}

#[test]
fn a_broken_profile_stops_before_anything_is_contacted() {
    let (code, json, said) = demo(
        "version = 1\nbase = \"all\"\nexclude = [\"imge-age\"]\n",
        "web",
    );
    assert_eq!((code, json), (2, Value::Null));
    assert!(
        said.contains("web.toml:3:12") && said.contains("did you mean `image-age`?"),
        "{said}"
    );
    let (code, _, said) = demo("version = 1\nbase = \"all\"\nexclude = [\"*\"]\n", "web");
    assert!(code == 2 && said.contains("selects no control"), "{said}");
    // A profile that nobody uses is nobody's trouble.
    let (_, json, _) = demo("version = 9", "all");
    assert_eq!(json["hosts"][0]["profile"], "all");
    let (code, _, said) = demo(WEB, "missing/other.toml");
    assert!(
        code == 2 && said.contains("cannot read the profile"),
        "{said}"
    );
}
