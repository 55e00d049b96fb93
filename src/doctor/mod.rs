//! Tries a host stage by stage, by the same code that sweeps use, and says where it stops, why, and what to change.

mod advice;
mod by_hand;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::access::link::{Link, ReadOnly};
use crate::collect::{self, Collected, Order};
use crate::domain::diagnosis::{Check, Diagnosis, Verdict};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::gap::GapClass;
use crate::domain::host::{Mode, Transport};
use crate::domain::text;
use crate::inventory::spec::{HostSpec, Sudo};
use crate::probe::Needs;
use crate::redact::Redactor;
use crate::transport::{Dial, Watch};

/// Stages up to the login, by the way to the host.
const OVER_SSH: &[(Stage, &str)] = &[
    (Stage::Name, "name"),
    (Stage::Tcp, "tcp"),
    (Stage::Kex, "kex"),
    (Stage::Hostkey, "hostkey"),
    (Stage::Authentication, "authentication"),
];
const OVER_TLS: &[(Stage, &str)] = &[
    (Stage::Name, "name"),
    (Stage::Tcp, "tcp"),
    (Stage::Tls, "tls"),
];
const LOCAL: &[(Stage, &str)] = &[(Stage::Tcp, "socket")];

/// Tries `spec` through `dialer`. Never fails: a failure is what it tells.
pub async fn examine(
    spec: &HostSpec,
    dialer: &dyn Dial,
    redactor: &Redactor,
    needs: &Needs,
    clock: &(dyn Fn() -> i64 + Send + Sync),
) -> Diagnosis {
    let mut diagnosis = Diagnosis {
        host: spec.header.name.clone(),
        endpoint: spec.header.endpoint.clone(),
        jumps: spec.header.jumps.clone(),
        checks: Vec::new(),
        by_hand: by_hand::command(spec),
    };
    let deadline = Instant::now() + spec.host_timeout;
    let log = Log::default();
    let dialled = timeout_at(deadline, dialer.dial_watched(spec, &log)).await;
    let ended = Instant::now();
    let dialled = dialled.unwrap_or_else(|_elapsed| Err(late(log.last(), spec.host_timeout)));
    let (connection, failure) = match dialled {
        Ok(connection) => (Some(connection), None),
        Err(failure) => (None, Some(failure)),
    };
    diagnosis.checks = log.checks(stages(spec.header.transport), ended, failure);
    let later = later(spec.header.transport);
    let Some(connection) = connection else {
        diagnosis
            .checks
            .extend(later.iter().map(|name| Check::skipped(name)));
        return diagnosis;
    };
    let link = Link::read_only(Arc::from(connection));
    let way = match spec.header.transport {
        Transport::Ssh => Some(forward(&link, deadline).await),
        Transport::Tls | Transport::Local => None,
    };
    let order = Order {
        transport: spec.header.transport,
        needs,
        redactor,
        sudo: spec.sudo,
        read_only: spec.header.mode == Mode::Audit,
        deadline,
        cancel: &CancellationToken::new(),
        clock,
        progress: &|_, _, _| (),
    };
    let began = Instant::now();
    let collected = collect::host(&link, &order).await;
    let took = began.elapsed();
    let route = link.route();
    let mut asked = engine(&collected, &route);
    if let Some(mut way) = way {
        reconsider(&mut way, &mut asked, &route);
        diagnosis.checks.push(way);
        diagnosis.checks.push(exec(&collected, took));
        diagnosis.checks.push(sudo(&collected, spec.sudo));
    }
    diagnosis.checks.push(asked);
    diagnosis.checks.push(api(&collected));
    link.close().await;
    diagnosis
}

fn stages(transport: Transport) -> &'static [(Stage, &'static str)] {
    match transport {
        Transport::Ssh => OVER_SSH,
        Transport::Tls => OVER_TLS,
        Transport::Local => LOCAL,
    }
}

fn later(transport: Transport) -> &'static [&'static str] {
    match transport {
        Transport::Ssh => &["forward", "exec", "sudo", "engine", "api"],
        Transport::Tls | Transport::Local => &["engine", "api"],
    }
}

fn late(stage: Stage, budget: Duration) -> Failure {
    Failure::new(
        FailureClass::Timeout,
        stage,
        format!("not finished within {} s", budget.as_secs()),
        "raise host_timeout in the inventory, or look why the host is slow",
    )
}

/// A way to the engine, as the sweep looks for it.
async fn forward(link: &Link<ReadOnly>, deadline: Instant) -> Check {
    let began = Instant::now();
    let opened = timeout_at(deadline, link.ask()).await;
    let mut check = Check {
        verdict: Verdict::Ok,
        ms: Some(millis(began.elapsed())),
        ..Check::skipped("forward")
    };
    let route = link.route();
    match opened {
        Ok(Ok(_stream)) if route.starts_with("forwarded") => check.details.push(route),
        Ok(Ok(_stream)) => {
            let (here, there) = advice::of(FailureClass::ForwardRefused);
            check.verdict = Verdict::Limited;
            check.details.push(format!(
                "no socket is forwarded to us; the engine is reached by: {route}"
            ));
            check.here = here.map(str::to_owned);
            check.there = there.map(str::to_owned);
        }
        Ok(Err(failure)) => fail(&mut check, failure),
        Err(_elapsed) => fail(&mut check, late(Stage::Channel, began.elapsed())),
    }
    check
}

/// What the probe knew of the way afterwards: another socket, or why there is none.
fn reconsider(way: &mut Check, engine: &mut Check, route: &str) {
    if way.verdict != Verdict::Failed {
        return;
    }
    match engine.failure.take() {
        Some(failure) => {
            *engine = Check::skipped(engine.name);
            fail(way, failure);
        }
        None => {
            *way = Check {
                verdict: Verdict::Ok,
                ms: way.ms,
                details: vec![format!("{route}, where the probe saw it")],
                ..Check::skipped(way.name)
            };
        }
    }
}

/// A command on the host: the probe.
fn exec(collected: &Collected, took: Duration) -> Check {
    let mut check = Check {
        verdict: Verdict::Ok,
        ms: Some(millis(took)),
        ..Check::skipped("exec")
    };
    if let Ok(reader) = &collected.evidence.host.reader {
        check.details.push(format!(
            "the probe ran; {} (uid {}) is in {}",
            reader.login,
            reader.login_uid,
            reader.groups.join(", ")
        ));
    }
    if let Some(failure) = &collected.probe_failure {
        fail(&mut check, failure.clone());
    }
    check
}

/// Whether the probe ran as root.
fn sudo(collected: &Collected, wanted: Sudo) -> Check {
    let mut check = Check::skipped("sudo");
    let Ok(reader) = &collected.evidence.host.reader else {
        return check;
    };
    if reader.login_uid == 0 {
        check.details.push("not needed: this is root".to_owned());
    } else if reader.uid == 0 {
        check.verdict = Verdict::Ok;
        check.details.push("the probe ran as root".to_owned());
    } else {
        let unknown = collected
            .evidence
            .host
            .files
            .values()
            .filter(|state| {
                state.as_ref().is_err_and(|gap| {
                    matches!(gap.class, GapClass::Permission | GapClass::Authority)
                })
            })
            .count();
        let (here, there) = advice::of(FailureClass::SudoDenied);
        check.verdict = Verdict::Limited;
        check.details.push(match wanted {
            Sudo::Never => "not tried: the inventory says sudo = \"never\"".to_owned(),
            Sudo::Auto | Sudo::Ask => "sudo -n wants a password, or has no rule for us".to_owned(),
        });
        check.details.push(format!(
            "{unknown} paths stay unknown, and what only root is told"
        ));
        check.here = here.map(str::to_owned);
        check.there = there.map(str::to_owned);
    }
    check
}

fn engine(collected: &Collected, route: &str) -> Check {
    let took = collected
        .ledger
        .requests()
        .first()
        .map(|request| millis(request.took));
    let mut check = Check {
        verdict: Verdict::Ok,
        ms: took,
        ..Check::skipped("engine")
    };
    if let Ok(version) = &collected.evidence.engine.version {
        check
            .details
            .push(format!("{} {}, {route}", version.product, version.engine));
    }
    if let Some(failure) = &collected.engine_failure {
        fail(&mut check, failure.clone());
    }
    check
}

fn api(collected: &Collected) -> Check {
    let mut check = Check::skipped("api");
    if let Ok(version) = &collected.evidence.engine.version {
        check.verdict = Verdict::Ok;
        check.details.push(format!(
            "{} spoken by the engine, from {}; {} requests in {} waves",
            version.api, version.min_api, collected.requests.engine, collected.requests.waves
        ));
    }
    check
}

fn fail(check: &mut Check, failure: Failure) {
    let (here, there) = advice::of(failure.class);
    check.verdict = Verdict::Failed;
    check.here = here.map(str::to_owned);
    check.there = there.map(str::to_owned);
    check.failure = Some(failure);
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Everything that was told while the host was dialled.
#[derive(Default)]
struct Log(Mutex<Vec<(Instant, Stage, Option<String>)>>);

impl Watch for Log {
    fn entered(&self, stage: Stage) {
        self.add(stage, None);
    }

    fn noted(&self, stage: Stage, note: &str) {
        self.add(stage, Some(text::clean(note)));
    }
}

impl Log {
    fn add(&self, stage: Stage, note: Option<String>) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.push((Instant::now(), stage, note));
    }

    fn last(&self) -> Stage {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter()
            .rev()
            .find(|(_, _, note)| note.is_none())
            .map_or(Stage::Name, |(_, stage, _)| *stage)
    }

    /// One check a stage; `failure` belongs to the stage that it names, and what follows was not come to.
    fn checks(
        &self,
        stages: &[(Stage, &'static str)],
        ended: Instant,
        mut failure: Option<Failure>,
    ) -> Vec<Check> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entered: Vec<(Instant, Stage)> = log
            .iter()
            .filter(|(_, _, note)| note.is_none())
            .map(|(at, stage, _)| (*at, *stage))
            .collect();
        let mut checks = Vec::new();
        let mut over = false;
        for (stage, name) in stages {
            let mut check = Check::skipped(name);
            // A stage may be gone through more than once: the last time counts.
            let at = entered.iter().rposition(|(_, one)| one == stage);
            let here = failure
                .as_ref()
                .is_some_and(|failure| failure.stage == *stage);
            if (at.is_some() || here) && !over {
                check.verdict = Verdict::Ok;
                check.ms = at.and_then(|at| {
                    let (began, _) = entered.get(at)?;
                    let next = entered.get(at + 1).map_or(ended, |(next, _)| *next);
                    Some(millis(next.saturating_duration_since(*began)))
                });
                check.details = log
                    .iter()
                    .filter(|(_, of, _)| of == stage)
                    .filter_map(|(_, _, note)| note.clone())
                    .collect();
            }
            if here && let Some(failure) = failure.take() {
                fail(&mut check, failure);
                over = true;
            }
            checks.push(check);
        }
        // A failure at a stage that this way does not have, such as a file that cannot be read.
        if let Some(failure) = failure
            && let Some(check) = checks
                .iter_mut()
                .rev()
                .find(|check| check.verdict == Verdict::Ok)
        {
            fail(check, failure);
        }
        checks
    }
}
