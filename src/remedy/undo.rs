//! Taking an operation back, host by host, from what the journal recorded. An operation that was cut off in the middle is
//! taken back the same way.

use super::apply::{PATIENCE, Told, Work};
use super::guard;
use super::journal::{Event, How};
use super::operation::{OnHost, State};
use super::session::Session;
use super::steps::{self, Ended, Fault};
use crate::domain::plan::Risk;
use crate::inventory::spec::HostSpec;

/// Takes back what `on` says was done on the host. What somebody changed since stays as it is, and is told. Guardrails
/// hold for it as for any other change, but where the operation did not come to its end: nobody is to live with half of one.
pub async fn host(work: &Work<'_>, spec: &HostSpec, on: &OnHost) -> Told {
    let name = &spec.header.name;
    if !on.is_open() {
        let standing = on.standing().map(|(_, step)| &step.change.step);
        let now = (work.reader.clock)();
        if let Err(refusal) = guard::check_steps(spec, standing, on.targets.iter(), now) {
            return Told::refused(name, refusal);
        }
    }
    let Some(grant) = work.grant.for_host(spec.header.mode) else {
        return Told::refused(name, guard::read_only(spec));
    };
    let link = match work.reader.reach(spec).await {
        Ok(link) => link.elevate(grant),
        Err(failure) => return Told::new(name, How::Untouched, failure.message, failure.hint),
    };
    // A run that was killed may have a step to end still.
    let told = match work.enter(&link, spec, PATIENCE.0).await {
        Err(trouble) => Told::new(name, How::Untouched, trouble.message, trouble.hint),
        Ok(mut session) => {
            let told = back(work, name, on, &mut session).await;
            session.close().await;
            told
        }
    };
    link.close().await;
    told
}

async fn back(work: &Work<'_>, name: &str, on: &OnHost, session: &mut Session) -> Told {
    let began = Event::Host {
        host: name.to_owned(),
        targets: on.targets.clone(),
        risk: Risk::Low,
    };
    if let Err(why) = work.note(began) {
        return Told::new(name, How::Untouched, why, "");
    }
    let mut left = Vec::new();
    let mut done = 0;
    for (number, step) in on.standing().rev() {
        (work.tell)(
            name,
            &format!("taking back {}", steps::text(&step.change.step).title),
        );
        let going = Event::GoingBack {
            host: name.to_owned(),
            step: number,
        };
        if let Err(why) = work.note(going) {
            left.push(why);
            break;
        }
        let certain = step.state == State::Done;
        match steps::take_back(session, &step.change, certain).await {
            Ok(ended) => {
                done += 1;
                let commands = match ended {
                    Ended::Done(commands) => commands,
                    Ended::AlreadySo => Vec::new(),
                };
                let gone = Event::Back {
                    host: name.to_owned(),
                    step: number,
                    commands,
                };
                if let Err(why) = work.note(gone) {
                    left.push(why);
                    break;
                }
            }
            Err(fault) => {
                left.push(format!("step {number}: {fault}"));
                if let (Fault::Unchanged(why), true) = (&fault, certain) {
                    let stays = Event::Stays {
                        host: name.to_owned(),
                        step: number,
                        why: why.clone(),
                    };
                    left.extend(work.note(stays).err());
                }
            }
        }
    }
    let (how, why) = match (left.is_empty(), done) {
        (true, _) => (How::Undone, String::new()),
        (false, 0) => (How::Untouched, left.join("; ")),
        (false, _) => (How::Open, left.join("; ")),
    };
    let ended = Event::HostEnded {
        host: name.to_owned(),
        how,
        why: why.clone(),
    };
    match work.note(ended) {
        Ok(()) => Told::new(name, how, why, ""),
        Err(journal) => Told::new(name, how, format!("{why} {journal}"), ""),
    }
}
