//! Repairs in the dashboard: how they look at every size, and that nothing is changed by a key that was meant for something
//! else, nor by anybody who may only read.

use std::sync::Arc;

use plimsoll::domain::event::FleetEvent;
use plimsoll::domain::host::Mode;
use plimsoll::domain::plan::{
    Access, FileAccess, FileKind, HostPlan, PlannedStep, Risk, Step, Target, Unplanned,
};
use plimsoll::domain::repair::{Agree, Offer, Offered, Proposal, RepairEnd, RepairNews, Undo};
use plimsoll::remedy::steps;
use plimsoll::tui::effect::Effect;
use plimsoll::tui::glyph::Glyphs;
use plimsoll::tui::mouse::Mouse;
use plimsoll::tui::msg::Msg;

use super::fleet;
use super::script::{Script, setup};
use super::{SIZES, done};

/// The first host of the list and its place in the inventory.
const HOST: usize = 0;

fn step() -> Step {
    let access = |uid, gid, mode| Access { uid, gid, mode };
    Step::FileAccess(FileAccess {
        path: "/etc/docker/daemon.json".to_owned(),
        file: FileKind::File,
        before: access(1000, 1000, 0o666),
        after: access(0, 0, 0o644),
    })
}

fn target(control: &str) -> Target {
    Target {
        control: control.to_owned(),
        subject: "file:/etc/docker/daemon.json".to_owned(),
    }
}

fn plan() -> HostPlan {
    let step = step();
    HostPlan {
        host: "web-prod-01".to_owned(),
        machine_id: Some("keyed:1".to_owned()),
        weight: steps::weight([&step].into_iter()),
        steps: vec![PlannedStep {
            text: steps::text(&step),
            step,
            targets: vec![
                target("perm-daemon-json-mode"),
                target("perm-daemon-json-owner"),
            ],
        }],
        unplanned: vec![Unplanned {
            target: target("perm-acl"),
            because: "its access list grants more than its mode".to_owned(),
            instead: "setfacl -b /etc/docker/daemon.json".to_owned(),
        }],
    }
}

fn offer(agree: Agree, reason: &str) -> RepairNews {
    RepairNews::Proposed(Proposal::Offer(Box::new(Offer {
        what: Offered::Change(plan()),
        agree,
        reason: reason.to_owned(),
    })))
}

fn way_back() -> RepairNews {
    RepairNews::Proposed(Proposal::Offer(Box::new(Offer {
        what: Offered::Undo(Undo {
            operation: "op-3fa2c1d0".to_owned(),
            began: "2026-11-23T16:40:00.000Z".to_owned(),
            who: "alice on desk".to_owned(),
            steps: vec![steps::text(&step())],
            risk: Risk::Low,
        }),
        agree: Agree::Key,
        reason: String::new(),
    })))
}

fn nothing() -> RepairNews {
    RepairNews::Proposed(Proposal::Nothing {
        because: "users other than root may replace files in /srv\u{1b}[2J".to_owned(),
        instead: "close /srv first, and see who relies on it".to_owned(),
    })
}

fn ended(well: bool) -> RepairNews {
    RepairNews::Ended(RepairEnd {
        how: if well { "applied" } else { "rolled back" },
        well,
        why: if well {
            String::new()
        } else {
            "chmod: no such luck".to_owned()
        },
        hint: String::new(),
        operation: Some("op-3fa2c1d0".to_owned()),
        stands: well,
    })
}

/// Some news.
pub(crate) fn any(which: usize) -> RepairNews {
    match which {
        0 => offer(Agree::Key, ""),
        1 => offer(Agree::TypeHost, "look twice"),
        2 => nothing(),
        3 => RepairNews::Doing("/etc/docker: mode 2777 -> 0755".to_owned()),
        4 => way_back(),
        _ => ended(true),
    }
}

/// The dashboard on the first finding of a host, once `f` was pressed.
fn asked() -> Script {
    Script::on(done()).keys("<enter>f")
}

fn told(script: Script, news: RepairNews) -> Script {
    script.send(Msg::Repair(HOST, news))
}

/// The same with a plan that has been there for a while.
fn offered(agree: Agree) -> Script {
    told(asked(), offer(agree, "")).wait(600)
}

fn repairs(script: &Script) -> usize {
    let repairs = script
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Repair(..)));
    repairs.count()
}

fn pictures(name: &str, script: impl Fn() -> Script) {
    for (width, height) in SIZES {
        script()
            .size(width, height)
            .snapshot(&format!("{name}-{width}x{height}"));
    }
}

#[test]
fn a_repair_from_the_plan_to_its_result() {
    pictures("repair-plan", || offered(Agree::Key));
    pictures("repair-result", || {
        let script = offered(Agree::Key).keys("a");
        let doing = RepairNews::Doing("reading the host again".to_owned());
        told(told(script, doing), ended(true)).wait(6_000)
    });
    let one = |name: &str, script: Script| script.size(80, 24).snapshot(name);
    one(
        "repair-typed-80x24",
        told(asked(), offer(Agree::TypeHost, "look twice"))
            .wait(600)
            .keys("web-pr"),
    );
    one("repair-nothing-80x24", told(asked(), nothing()));
    one(
        "repair-doing-80x24",
        told(
            offered(Agree::Key).keys("a"),
            RepairNews::Doing("reading the host again".to_owned()),
        ),
    );
    one(
        "repair-rolled-back-80x24",
        told(offered(Agree::Key).keys("a"), ended(false)).wait(6_000),
    );
    one(
        "repair-way-back-80x24",
        told(Script::on(done()).keys("<enter>u"), way_back()).wait(600),
    );
}

#[test]
fn only_the_key_of_its_risk_applies_a_plan() {
    let all = "<enter><enter>y f?jkl<tab>";
    assert_eq!(repairs(&offered(Agree::Key).keys(all).keys("A")), 0);
    assert_eq!(repairs(&offered(Agree::StrongKey).keys(all).keys("a")), 0);
    assert_eq!(
        repairs(&offered(Agree::TypeHost).keys("aA<enter>y<enter>")),
        0
    );
    assert_eq!(repairs(&offered(Agree::Key).keys("aaa")), 1);
    assert_eq!(repairs(&offered(Agree::StrongKey).keys("AA")), 1);

    let script = offered(Agree::TypeHost);
    let name = script.model.repair.as_ref().unwrap().name.clone();
    let script = script.keys(&name);
    assert_eq!(repairs(&script), 0, "typing alone does nothing");
    assert_eq!(repairs(&script.keys("<enter><enter>")), 1);
    let wrong = offered(Agree::TypeHost).keys(&format!("{name}x<enter>"));
    assert_eq!(repairs(&wrong), 0);
    assert_eq!(repairs(&wrong.keys("<backspace><enter>")), 1);
}

#[test]
fn the_mouse_applies_nothing() {
    let mut script = offered(Agree::Key).size(80, 24);
    assert!(script.text().contains("a apply"), "{}", script.text());
    for x in 0..80 {
        script = script.send(Msg::Mouse(Mouse::Press(x, 23)));
    }
    assert_eq!(repairs(&script), 0);
}

#[test]
fn what_is_agreed_to_is_what_was_shown() {
    let script = offered(Agree::Key).keys("a");
    let wanted = Effect::Repair(HOST, Box::new(Offered::Change(plan())));
    assert_eq!(script.effects.last(), Some(&wanted));
}

#[test]
fn keys_that_were_typed_before_the_plan_was_seen_are_dropped() {
    let script = told(asked(), offer(Agree::Key, "")).keys("aaa");
    assert_eq!(repairs(&script), 0);
    assert_eq!(repairs(&script.wait(400).keys("a")), 0);
    let script = told(asked(), offer(Agree::Key, "")).wait(600).keys("a");
    assert_eq!(repairs(&script), 1);
    // Typed into the wish already.
    assert_eq!(repairs(&asked().keys("aaAA<enter>").wait(600)), 0);
    let script = told(asked(), offer(Agree::TypeHost, "")).keys("web-prod-01");
    assert_eq!(script.model.repair.as_ref().unwrap().typed, "");
    // Pasting is no typing.
    let script = script.wait(600).send(Msg::Paste("web-prod-01\r".into()));
    assert_eq!(repairs(&script.keys("<enter>")), 0);
}

#[test]
fn an_answer_that_nobody_waits_for_opens_nothing() {
    let script = asked().keys("<esc>");
    assert!(script.model.overlay.is_none());
    let script = told(script, offer(Agree::Key, "")).wait(600).keys("a");
    assert_eq!(repairs(&script), 0);
    // Of another host.
    let script = asked().send(Msg::Repair(HOST + 1, offer(Agree::Key, "")));
    assert_eq!(repairs(&script.wait(600).keys("a")), 0);
    // A plan cannot be changed under the eyes of its reader.
    let script = told(offered(Agree::TypeHost), offer(Agree::Key, "")).wait(600);
    assert_eq!(repairs(&script.keys("a")), 0);
}

#[test]
fn the_result_is_read_anew_and_can_be_taken_back() {
    let script = told(offered(Agree::Key).keys("a"), ended(true));
    assert_eq!(script.effects.last(), Some(&Effect::Reread(vec![HOST])));
    let script = script.keys("u");
    assert_eq!(script.effects.last(), Some(&Effect::PlanUndo(HOST)));
    let script = told(script, way_back()).wait(600).keys("a");
    assert_eq!(repairs(&script), 2);

    let script = told(offered(Agree::Key).keys("a"), ended(false));
    let before = script.effects.len();
    assert_eq!(script.keys("u").effects.len(), before, "nothing stands");
}

#[test]
fn whoever_leaves_while_a_repair_is_under_way_stops_it_first() {
    let script = offered(Agree::Key).keys("a<esc>q<ctrl-c><ctrl-c>");
    assert_eq!(
        script.effects[script.effects.len() - 2..],
        [Effect::StopRepair, Effect::StopRepair]
    );
    assert!(
        !script
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Quit(_)))
    );
    // It comes back to where it was left, and with its end by itself.
    let script = script.keys("f");
    assert!(script.text().contains("under way"), "{}", script.text());
    let script = told(script.keys("<esc>"), ended(false));
    assert!(script.text().contains("Rolled back"), "{}", script.text());
}

fn audited() -> Vec<FleetEvent> {
    let mut events = done();
    for event in &mut events {
        match event {
            FleetEvent::Started { hosts, .. } => {
                let mut changed = hosts.as_ref().clone();
                for header in &mut changed {
                    header.mode = Mode::Audit;
                }
                *hosts = Arc::new(changed);
            }
            FleetEvent::Finished { report, .. } => {
                let mut changed = report.as_ref().clone();
                changed.header.mode = Mode::Audit;
                *report = Arc::new(changed);
            }
            _ => {}
        }
    }
    events
}

#[test]
fn whoever_may_only_read_is_told_why_and_asks_for_nothing() {
    let mut read_only = setup(Glyphs::UNICODE);
    read_only.read_only = true;
    for (script, why) in [
        (Script::with(done(), read_only), "--read-only"),
        (Script::on(audited()), "mode = \"audit\""),
    ] {
        let script = script.keys("<enter>");
        assert!(!script.text().contains("f fix"), "{}", script.text());
        let script = script.keys("f").wait(600);
        assert!(script.text().contains(why), "{}", script.text());
        let script = told(script, offer(Agree::Key, ""))
            .wait(600)
            .keys("aA<enter>");
        let script = script.keys("<esc>u").wait(600);
        assert!(script.text().contains(why), "{}", script.text());
        let asks = |effect: &Effect| {
            matches!(
                effect,
                Effect::Plan(..) | Effect::PlanUndo(_) | Effect::Repair(..)
            )
        };
        assert!(!script.effects.iter().any(asks), "{:?}", script.effects);
    }
}

#[test]
fn only_a_finding_can_be_put_right() {
    // The last line of all is no finding.
    let script = Script::on(fleet::mixed()).keys("<enter>!Gf");
    let plans = |script: &Script| {
        let plans = script.effects.iter();
        plans
            .filter(|effect| matches!(effect, Effect::Plan(..)))
            .count()
    };
    assert_eq!(plans(&script), 0, "{}", script.text());
    assert_eq!(plans(&Script::on(fleet::mixed()).keys("<enter>f")), 1);
}
