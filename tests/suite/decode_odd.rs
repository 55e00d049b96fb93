//! Answers that no engine should give, and words that no engine knows yet.

use std::collections::BTreeMap;

use plimsoll::collect::answers::Answers;
use plimsoll::collect::decode;
use plimsoll::domain::gap::{Gap, GapClass};
use plimsoll::redact::Redactor;
use serde_json::{Value, json};

use crate::decode::{container, detail, evidence, recorded};

/// A container's inspect in a recording, and its path.
fn inspect_of(bodies: &BTreeMap<String, Value>, name: &str) -> String {
    bodies
        .iter()
        .find(|(path, body)| {
            path.starts_with("/containers/")
                && path.ends_with("/json")
                && body["Name"] == format!("/{name}")
        })
        .unwrap()
        .0
        .clone()
}

#[test]
fn words_that_nobody_knows_yet_are_kept_and_spoil_nothing() {
    let mut bodies = recorded("clean-26");
    let path = inspect_of(&bodies, "shop-web-1");
    let inspect = bodies.get_mut(&path).unwrap();
    inspect["State"]["Status"] = json!("hibernating");
    inspect["State"]["Health"]["Status"] = json!("poorly");
    inspect["HostConfig"]["RestartPolicy"]["Name"] = json!("sometimes");
    inspect["HostConfig"]["CgroupnsMode"] = json!("nested");
    inspect["HostConfig"]["Isolation"] = json!("lightyears");
    inspect["HostConfig"]["Novelty"] = json!({"Deep": [1, 2, 3]});
    inspect["Mounts"] =
        json!([{"Type": "hologram", "Source": "/x", "Destination": "/y", "RW": false}]);
    for one in bodies
        .get_mut("/containers/json?all=1")
        .unwrap()
        .as_array_mut()
        .unwrap()
    {
        one["State"] = json!("running slowly");
        one["Mounts"] = json!([{"Type": "hologram"}]);
        one["Health"] = json!({"Status": "poorly"});
    }
    let info = bodies.get_mut("/info").unwrap();
    info["CgroupDriver"] = json!("elogind");
    info["CgroupVersion"] = json!("3");
    info["Isolation"] = json!("lightyears");
    info["Swarm"]["LocalNodeState"] = json!("dreaming");
    bodies.get_mut("/volumes").unwrap()["Volumes"][0]["Status"] =
        json!({"free": 12, "nested": {"a": [1]}});
    bodies.get_mut("/volumes").unwrap()["Volumes"][0]["Scope"] = json!("galactic");
    let engine = evidence(&bodies);
    let said = detail(&engine, "shop-web-1");
    assert_eq!(
        (
            said.health.as_deref(),
            said.restart_policy.as_str(),
            said.cgroupns_mode.as_str()
        ),
        (Some("poorly"), "sometimes", "nested")
    );
    assert_eq!(
        (said.mounts[0].kind.as_str(), said.mounts[0].writable),
        ("hologram", false)
    );
    assert_eq!(container(&engine, "shop-web-1").state, "running slowly");
    let info = engine.info.as_ref().unwrap();
    assert_eq!(
        (info.cgroup_version.as_deref(), info.swarm_state.as_str()),
        (Some("3"), "dreaming")
    );
    assert_eq!(engine.volumes.as_ref().unwrap().len(), 1);
}

#[test]
fn empty_lists_written_as_null_are_empty_lists() {
    let mut bodies = recorded("clean-26");
    for path in [
        "/containers/json?all=1",
        "/images/json",
        "/networks",
        "/plugins",
    ] {
        bodies.insert(path.to_owned(), Value::Null);
    }
    bodies.insert(
        "/volumes".to_owned(),
        json!({"Volumes": null, "Warnings": null}),
    );
    let engine = evidence(&bodies);
    assert_eq!(engine.containers.as_ref().unwrap().len(), 0);
    assert_eq!(engine.images.as_ref().unwrap().len(), 0);
    assert_eq!(engine.networks.as_ref().unwrap().len(), 0);
    assert_eq!(engine.volumes.as_ref().unwrap().len(), 0);
}

#[test]
fn what_an_engine_always_writes_is_never_taken_for_granted() {
    let whole = recorded("clean-26");
    let path = inspect_of(&whole, "shop-web-1");
    for missing in [
        "Privileged",
        "NetworkMode",
        "PidMode",
        "ReadonlyRootfs",
        "SecurityOpt",
        "CapAdd",
        "Memory",
    ] {
        let mut bodies = whole.clone();
        bodies.get_mut(&path).unwrap()["HostConfig"]
            .as_object_mut()
            .unwrap()
            .remove(missing);
        let engine = evidence(&bodies);
        let gap = container(&engine, "shop-web-1")
            .detail
            .as_ref()
            .unwrap_err();
        assert_eq!(gap.class, GapClass::Protocol);
        assert!(
            gap.message.contains(&format!("HostConfig.{missing}")),
            "{}",
            gap.message
        );
        assert!(
            container(&engine, "shop-worker-1").detail.is_ok(),
            "others are not touched"
        );
    }
    for missing in ["Debug", "RegistryConfig", "SecurityOptions"] {
        let mut bodies = whole.clone();
        bodies
            .get_mut("/info")
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(missing);
        assert_eq!(
            evidence(&bodies).info.unwrap_err().class,
            GapClass::Protocol
        );
    }
}

#[test]
fn one_object_of_the_wrong_form_is_a_gap_of_its_own() {
    let mut bodies = recorded("clean-26");
    let path = inspect_of(&bodies, "shop-web-1");
    bodies.get_mut(&path).unwrap()["HostConfig"]["Memory"] = json!("secret-8Xk2mPq9Rt4v");
    let list = bodies
        .get_mut("/containers/json?all=1")
        .unwrap()
        .as_array_mut()
        .unwrap();
    list.iter_mut()
        .find(|one| one["Names"][0] == "/shop-worker-1")
        .unwrap()["Labels"] = json!(["no", "map"]);
    let engine = evidence(&bodies);
    let gap = container(&engine, "shop-web-1")
        .detail
        .as_ref()
        .unwrap_err();
    assert_eq!(gap.class, GapClass::Protocol);
    assert!(!gap.message.contains("8Xk2mPq9Rt4v"), "{}", gap.message);
    let worker = container(&engine, "shop-worker-1");
    assert_eq!(
        (
            worker.detail.as_ref().unwrap_err().class,
            worker.is_running()
        ),
        (GapClass::Protocol, true)
    );
}

#[test]
fn a_running_container_without_processes_is_not_believed() {
    let whole = recorded("clean-26");
    let top = whole.keys().find(|path| path.contains("/top")).unwrap();
    let tables = [
        json!({"Titles": ["PID", "UID", "COMMAND"], "Processes": null}),
        json!({"Titles": ["PID", "USER", "COMMAND"], "Processes": [["1", "root", "x"]]}),
        json!({"Titles": ["PID", "UID", "COMMAND"], "Processes": [["1", "root", "x"]]}),
        json!({"Titles": ["PID", "UID", "COMMAND"], "Processes": [["1"]]}),
    ];
    for table in tables {
        let mut bodies = whole.clone();
        bodies.insert(top.clone(), table);
        let engine = evidence(&bodies);
        let told = |one: &&plimsoll::domain::evidence::container::Container| one.processes.is_ok();
        assert_eq!(engine.containers.unwrap().iter().filter(told).count(), 1);
    }
}

#[test]
fn answers_that_are_no_json_are_gaps() {
    let whole = recorded("clean-26");
    let deep = "[".repeat(5000);
    let wide = format!("[{}0]", "0,".repeat(2_500_000));
    for body in [
        "",
        "{",
        "nonsense",
        "[]x",
        "{\"Debug\":tru",
        &deep,
        &wide,
        "\u{feff}{}",
    ] {
        let mut answers = Answers::default();
        for (path, body) in &whole {
            answers.insert(path, Ok(body.to_string().into_bytes()));
        }
        answers.insert("/networks", Ok(body.as_bytes().to_vec()));
        answers.insert("/info", Ok(body.as_bytes().to_vec()));
        let engine = decode::engine(&answers, &Redactor::new([5; 32]));
        assert_eq!(engine.networks.unwrap_err().class, GapClass::Protocol);
        assert_eq!(engine.info.unwrap_err().class, GapClass::Protocol);
        // What depends on another answer inherits its gap.
        assert_eq!(engine.swarm.unwrap_err().class, GapClass::Protocol);
        assert!(engine.containers.is_ok());
    }
}

#[test]
fn a_question_without_answer_leaves_its_own_gap() {
    let mut answers = Answers::none(Gap::timeout("the host was slow"));
    answers.insert("/v1.45/plugins", Err(Gap::unsupported("no plugins here")));
    let engine = decode::engine(&answers, &Redactor::new([5; 32]));
    assert_eq!(engine.plugins.unwrap_err().class, GapClass::Unsupported);
    assert_eq!(engine.containers.unwrap_err().class, GapClass::Timeout);
    assert_eq!(engine.nodes.unwrap_err().class, GapClass::Timeout);
}
