use plimsoll::domain::plan::{HostPlan, Unplanned};
use plimsoll::remedy::document::Document;
use plimsoll::remedy::steps;
use serde_json::{Value, json};

use super::step;

fn plan(host: &str) -> HostPlan {
    let steps = vec![step("/etc/docker/daemon.json", "perm-daemon-json-mode")];
    HostPlan {
        host: host.to_owned(),
        machine_id: Some("keyed:1".to_owned()),
        weight: steps::weight(steps.iter().map(|planned| &planned.step)),
        unplanned: vec![Unplanned {
            target: step("/srv/x", "perm-acl").targets.remove(0),
            because: "its access list grants more than its mode".to_owned(),
            instead: "setfacl -b /srv/x".to_owned(),
        }],
        steps,
    }
}

fn document() -> Document {
    Document::new(
        "2026-11-24T12:00:00.000Z".to_owned(),
        vec![plan("web-01"), plan("web-02")],
        Vec::new(),
    )
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<Document, String> {
    let mut raw = serde_json::to_value(document()).unwrap();
    change(&mut raw);
    Document::read(&raw.to_string()).map_err(|error| error.to_string())
}

#[test]
fn a_plan_comes_back_as_it_was_written() {
    assert_eq!(changed(|_| {}), Ok(document()));
}

#[test]
fn what_a_plan_says_of_itself_is_made_anew_from_its_steps() {
    let read = changed(|raw| {
        let plan = &mut raw["plans"][0];
        plan["class"] = json!("manual");
        plan["risk"] = json!("low");
        plan["blast"] = json!({"containers_stopped": [], "losing_access": ["nobody"]});
        plan["steps"][0]["text"] =
            json!({"title": "nothing at all", "diff": [], "commands": [], "undo": ""});
    });
    assert_eq!(read, Ok(document()));
    let less = changed(|raw| {
        let plan = raw["plans"][0].as_object_mut().unwrap();
        for said in ["class", "risk", "blast"] {
            plan.remove(said).unwrap();
        }
    });
    assert_eq!(less, Ok(document()));
}

#[test]
fn the_form_of_a_plan_is_the_one_that_is_described() {
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&serde_json::to_value(plan("web-01")).unwrap()).unwrap()
    );
}

#[test]
fn a_newer_minor_version_is_read_and_what_is_no_plan_of_ours_is_not() {
    assert!(changed(|raw| raw["schema"] = json!("plimsoll.plan/1.7")).is_ok());
    for (what, change) in [
        (
            "plimsoll.plan/2",
            (|raw| raw["schema"] = json!("plimsoll.plan/2")) as fn(&mut Value),
        ),
        ("plimsoll.plan/11", |raw| {
            raw["schema"] = json!("plimsoll.plan/11");
        }),
        ("no schema", |raw| {
            raw.as_object_mut().unwrap().remove("schema");
        }),
        ("another apply script", |raw| raw["script"] = json!("00")),
        ("twice for web-01", |raw| {
            raw["plans"][1]["host"] = json!("web-01");
        }),
        ("octal", |raw| {
            raw["plans"][0]["steps"][0]["after"]["mode"] = json!("17777");
        }),
        ("unknown variant", |raw| {
            raw["plans"][0]["steps"][0]["kind"] = json!("shell");
        }),
    ] {
        let error = changed(change).unwrap_err();
        assert!(error.contains(what), "{what}: {error}");
    }
}
