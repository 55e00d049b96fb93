//! Starting again, being healthy, staying as built.

use super::recreate;
use crate::controls::prelude::*;
use crate::domain::evidence::container::Owner as Manager;
use crate::domain::evidence::secret::Looks;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-restart-policy",
        title: "Restart policy is bounded",
        why: "A container that restarts without end hides that it is broken and uses up the host; one that never restarts \
              stays away. Which of the two weighs more is for the profile to say.",
        evidence: "The container's restart policy and number of tries.",
        passes: "It is `no`, or in policy restart_policies with at most restart_max_tries (0: any number). Tasks of a swarm \
                 are restarted by the swarm. After a reboot `always` and `unless-stopped` come back; `on-failure` comes back \
                 only if the container had failed.",
        area: Area::Runtime,
        severity: Severity::Low,
        practices: &[24],
        cis: &[Cis::same("5.15", 1)],
        parameters: &[POLICIES, TRIES],
        rule: Rule::EachContainer(restart),
        remedies: &[guide(
            RemedyClass::Live,
            "docker update --restart on-failure:5, after checking that it need not come back by itself after a reboot.",
            "docker update --restart with the old policy.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-healthcheck",
        title: "Container has a health check",
        why: "A process can hang and still be there. Without a check nothing notices.",
        evidence: "The final configuration of the container, its image's check included.",
        passes: "A check is set and it is not NONE.",
        area: Area::Runtime,
        severity: Severity::Low,
        cis: &[Cis::same("5.27", 1)],
        rule: Rule::EachContainer(health),
        remedies: &[recreate(
            "Recreate the container with a check that its owner supplies and that can fail.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-image-updated-since",
        title: "Container was recreated after its image was last rebuilt",
        why: "What was repaired in the image reaches the container only when it is made anew.",
        evidence: "When the container was made; when the image that its tag names was built.",
        passes: "It was made after that image. References by digest, and tags that are no longer here, do not apply.",
        area: Area::Runtime,
        severity: Severity::Low,
        practices: &[13],
        cis: &[Cis::same("4.4", 1)],
        rule: Rule::EachContainer(rebuilt),
        remedies: &[recreate("Recreate the container on the same tag.")],
        ..Control::BASE
    },
    Control {
        id: "run-readonly-rootfs",
        title: "Root filesystem is read-only",
        why: "What cannot be written cannot be replaced: an intruder finds no place for tools, and nothing is lost when \
              the container is recreated.",
        evidence: "The container's own setting.",
        passes: "It is read-only.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[23],
        cis: &[Cis::same("5.13", 1)],
        rule: Rule::EachContainer(readonly),
        remedies: &[recreate(
            "Recreate the container with --read-only, and --tmpfs for the paths that docker diff shows.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-secrets-env",
        title: "No secret in the container's environment or arguments",
        why: "The environment is shown by inspect, inherited by every process and written into crash reports and logs.",
        evidence: "Names and kinds of environment variables and arguments; values never leave the reader.",
        passes: "No value has the form of a secret. A name that suggests one without a value that proves it is for a person \
                 to look at. What the image itself carries is judged there.",
        area: Area::Runtime,
        severity: Severity::High,
        cis: &[Cis::same("7.4", 1)],
        rule: Rule::EachContainer(secrets),
        remedies: &[recreate(
            "Recreate the container with the secret as a mounted file, and rotate the secret.",
        )],
        ..Control::BASE
    },
];

/// Restart policies that are accepted.
pub(in crate::controls) const POLICIES: Parameter = Parameter {
    name: "restart_policies",
    about: "Restart policies that are accepted besides no",
    default: Preset::List(&["on-failure", "unless-stopped", "always"]),
};

/// Most tries of a restart.
pub(in crate::controls) const TRIES: Parameter = Parameter {
    name: "restart_max_tries",
    about: "Most tries of restart policy on-failure; 0 accepts any number",
    default: Preset::Int(0),
};

fn restart(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    if matches!(container.owner, Manager::Swarm { .. }) {
        return Ok(Verdict::not_applicable("the swarm restarts its tasks"));
    }
    let detail = container.detail()?;
    let accepted = ctx
        .list("restart_policies")
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let most = ctx.int("restart_max_tries").map_or(0, |most| most);
    let expected = match most {
        0 => format!("no, or one of {}", facts::joined(&accepted)),
        most => format!(
            "no, or one of {} with at most {most} tries",
            facts::joined(&accepted)
        ),
    };
    let policy = detail.restart_policy.as_str();
    Ok(match policy {
        "" | "no" => Verdict::pass("no"),
        _ if !accepted.iter().any(|known| known == policy) => Verdict::fail(policy, expected),
        "on-failure" if most > 0 && !(1..=most).contains(&detail.restart_tries) => {
            let tries = match detail.restart_tries {
                0 => "without end".to_owned(),
                tries => format!("{tries} tries"),
            };
            Verdict::fail(format!("on-failure, {tries}"), expected)
        }
        "on-failure" if detail.restart_tries > 0 => {
            Verdict::pass(format!("on-failure, {} tries", detail.restart_tries))
        }
        policy => Verdict::pass(policy),
    })
}

fn rebuilt(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let Some(image) = crate::controls::image::named_now(ctx, container)? else {
        return Ok(Verdict::not_applicable(
            "its reference names no tag of this host",
        ));
    };
    if image.created <= 0 || container.created <= 0 {
        return Err(Gap::no_data("the engine does not tell both dates"));
    }
    Ok(if image.created > container.created {
        let days = (image.created - container.created) / 86_400;
        Verdict::fail(
            format!("made {days} days before the image that its tag names"),
            "made after it",
        )
        .because_of("image-stale-tag")
    } else {
        Verdict::pass("made after its image")
    })
}

fn health(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    Ok(if container.detail()?.healthcheck {
        Verdict::pass("set")
    } else {
        Verdict::fail("none", "a health check")
    })
}

fn readonly(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    Ok(if container.detail()?.read_only {
        Verdict::pass("read-only")
    } else {
        Verdict::fail("writable", "read-only")
    })
}

fn secrets(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let found = |looks: Looks| {
        detail
            .env
            .iter()
            .chain(&detail.secret_arguments)
            .filter(move |hidden| hidden.looks == looks)
    };
    // A variable that the image sets to the same value is the image's finding; without the image it counts here.
    let inherited = |name: &str, fingerprint: &str| {
        matches!(facts::image_of(ctx, container), Ok(Some(image))
            if matches!(&image.detail, Ok(image) if image
                .env
                .iter()
                .any(|own| own.name == name && own.fingerprint == fingerprint)))
    };
    let names = |looks: Looks| -> Vec<&str> {
        found(looks)
            .filter(|hidden| !inherited(&hidden.name, &hidden.fingerprint))
            .map(|hidden| hidden.name.as_str())
            .collect()
    };
    let (proven, suspected) = (names(Looks::Secret), names(Looks::NameOnly));
    Ok(if !proven.is_empty() {
        Verdict::fail(facts::joined(&proven), "no secret in the environment")
    } else if suspected.is_empty() {
        Verdict::pass(format!("none among {} variables", detail.env.len()))
    } else {
        Verdict::manual(format!("named like secrets: {}", facts::joined(&suspected)))
    })
}
