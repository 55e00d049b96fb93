//! What is read no further: engines that are elsewhere, ids that are none, more containers than anybody has.

use plimsoll::domain::evidence::container::Container;
use plimsoll::domain::failure::Stage;
use plimsoll::domain::gap::GapClass;
use plimsoll::domain::host::Transport;
use serde_json::{Value, json};

use crate::collect::{Reading, read, recorded_engine, replay};
use crate::decode::recorded;
use crate::support::engine::{Reply, ScriptedEngine};
use crate::support::host::{Shell, TestHost};

#[tokio::test]
async fn host_rows_need_an_engine_that_is_this_machines_own() {
    let engine = recorded_engine("clean-26");
    let reading = Reading {
        transport: Transport::Local,
        ..Reading::default()
    };
    // No engine of this machine is that process; a forwarded socket would look the same.
    let test_host = TestHost::new(Some(&engine), Shell::None, Shell::Real).behind(u32::MAX - 1);
    let (collected, _) = read(test_host, reading).await;
    let gap = collected.evidence.host.os.unwrap_err();
    assert_eq!(gap.class, GapClass::Transport);
    assert!(gap.message.contains("4294967294"), "{}", gap.message);
    assert!(collected.evidence.engine.info.is_ok());
}

#[tokio::test]
async fn ids_that_are_none_are_not_asked_for() {
    let mut bodies = recorded("clean-26");
    let list = bodies
        .get_mut("/containers/json?all=1")
        .unwrap()
        .as_array_mut()
        .unwrap();
    list[0]["Id"] = json!("../../images/get?names=x");
    list[1]["ImageID"] = json!("x HTTP/1.1\r\nX: y");
    let engine = ScriptedEngine::start(move |request| replay(&bodies, request));
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::None),
        Reading::default(),
    )
    .await;
    let containers = collected.evidence.engine.containers.unwrap();
    assert_eq!(
        containers[0].detail.as_ref().unwrap_err().class,
        GapClass::Protocol
    );
    assert!(containers[1].detail.is_ok());
    assert!(
        engine
            .seen()
            .iter()
            .all(|request| !request.target.contains("get"))
    );
}

#[tokio::test]
async fn only_so_many_containers_are_looked_into() {
    let list: Vec<Value> = (0..5003)
        .map(|number| json!({"Id": format!("c{number}"), "Names": [format!("/n{number}")], "ImageID": "sha256:0", "State": "exited"}))
        .collect();
    let mut bodies = recorded("clean-26");
    bodies.insert("/containers/json?all=1".to_owned(), Value::Array(list));
    let engine = ScriptedEngine::start(move |request| {
        if request.target.contains("/containers/c") {
            Reply::status(500, "")
        } else {
            replay(&bodies, request)
        }
    });
    let (collected, told) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::None),
        Reading::default(),
    )
    .await;
    let containers = collected.evidence.engine.containers.unwrap();
    assert_eq!(containers.len(), 5003);
    let with = |class| {
        let of = |one: &&Container| one.detail.as_ref().is_err_and(|gap| gap.class == class);
        containers.iter().filter(of).count()
    };
    assert_eq!(
        (with(GapClass::Protocol), with(GapClass::NoData)),
        (5000, 3)
    );
    assert_eq!(told.last(), Some(&(Stage::Collect, 5003, 5003)));
}

#[tokio::test]
async fn every_request_and_command_is_told_with_its_count() {
    let engine = recorded_engine("clean-26");
    let host = TestHost::new(Some(&engine), Shell::None, Shell::Real);
    let (collected, _) = read(host, Reading::default()).await;
    let asked: Vec<String> = (collected.asked.iter())
        .map(|asked| format!("{} {}", asked.count, asked.what))
        .collect();
    assert_eq!(
        asked,
        [
            "1 sh -s",
            "1 GET /_ping",
            "1 GET /containers/json?all=1",
            "2 GET /containers/{id}/json",
            "2 GET /containers/{id}/stats?stream=false&one-shot=true",
            "2 GET /containers/{id}/top?ps_args=-eo%20pid%2Cuid%2Ccomm",
            "1 GET /events?since={time}&until={time}",
            "1 GET /exec/{id}/json",
            "1 GET /images/json",
            "1 GET /images/{id}/history",
            "1 GET /images/{id}/json",
            "1 GET /info",
            "1 GET /networks",
            "1 GET /plugins",
            "1 GET /version",
            "1 GET /volumes",
        ]
    );
    let total: u32 = collected.asked.iter().map(|asked| asked.count).sum();
    assert_eq!(total, collected.requests.engine + collected.requests.exec);
}
