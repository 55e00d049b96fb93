//! How an image was built. Only images from policy own_registries are judged: others are for their makers to change.

use super::content::rebuild;
use crate::controls::prelude::*;
use crate::domain::evidence::image::{Image, Step};

pub(super) const OWN: Parameter = Parameter {
    name: "own_registries",
    about: "Registries, with or without namespace, that hold images built by this organisation",
    default: Preset::Unset(ParameterKind::List),
};

/// What all controls of this topic share.
const BUILD: Control = Control {
    evidence: "The build steps and settings of each image in use that comes from policy own_registries.",
    area: Area::Image,
    severity: Severity::Low,
    parameters: &[OWN],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "image-healthcheck",
        title: "Image declares a health check",
        why: "Whoever runs the image gets a check for nothing if its maker, who knows what healthy means, supplies one.",
        passes: "A check is declared and it is not NONE.",
        cis: &[Cis::same("4.6", 1)],
        rule: Rule::EachImage(|ctx, image| {
            ours(ctx, image, || {
                Ok(if image.detail()?.healthcheck {
                    Verdict::pass("declared")
                } else {
                    Verdict::fail("none", "a health check")
                })
            })
        }),
        remedies: &[rebuild("Add a HEALTHCHECK that can fail.")],
        ..BUILD
    },
    Control {
        id: "image-update-alone",
        title: "Package index refresh is not a layer of its own",
        why: "A refresh in a layer of its own is taken from the cache later, and old packages are installed from it.",
        passes: "No step refreshes the index without installing in the same step.",
        cis: &[Cis::same("4.7", 1)],
        rule: Rule::EachImage(|ctx, image| {
            ours(ctx, image, || {
                Ok(steps(
                    image.history()?,
                    refreshes_alone,
                    "refresh and install in one step",
                ))
            })
        }),
        remedies: &[rebuild(
            "Join the refresh with the install: apt-get update && apt-get install.",
        )],
        ..BUILD
    },
    Control {
        id: "image-copy-not-add",
        title: "ADD is not used for local files",
        why: "ADD also fetches and unpacks, which surprises; COPY does just what it says.",
        passes: "No ADD step besides the base's own first layer.",
        cis: &[Cis::same("4.9", 1)],
        rule: Rule::EachImage(|ctx, image| {
            ours(ctx, image, || {
                // The oldest step of most bases is an ADD of their root file system, and only their makers can change it.
                let later: Vec<Step> = image.history()?.iter().skip(1).cloned().collect();
                Ok(steps(&later, adds, "COPY"))
            })
        }),
        remedies: &[rebuild(
            "Replace ADD by COPY, or by a fetch whose checksum is compared.",
        )],
        ..BUILD
    },
    Control {
        id: "image-verified-packages",
        title: "Packages are installed with verification",
        why: "A package that is not verified is whatever the network delivered.",
        passes: "No step switches verification off or pipes a download into a shell.",
        severity: Severity::Medium,
        set: Set::Hardened,
        cis: &[Cis::same("4.11", 2)],
        rule: Rule::EachImage(|ctx, image| {
            ours(ctx, image, || {
                Ok(steps(image.history()?, unverified, "verified packages"))
            })
        }),
        remedies: &[rebuild(
            "Add the repository's key and install without the switches.",
        )],
        ..BUILD
    },
];

/// Runs `judge` on images of the organisation; for others the question does not arise.
pub(super) fn ours(
    ctx: &Context<'_>,
    image: &Image,
    judge: impl FnOnce() -> Known<Verdict>,
) -> Known<Verdict> {
    let Some(own) = ctx.list("own_registries") else {
        return Ok(Verdict::not_applicable(
            "policy own_registries does not say which images are ours",
        ));
    };
    let is_own = image.tags.iter().chain(&image.digests).any(|name| {
        own.iter()
            .any(|root| facts::is_within(&facts::repository(name), root.trim_end_matches('/')))
    });
    if is_own {
        judge()
    } else {
        Ok(Verdict::not_applicable("not from policy own_registries"))
    }
}

fn steps(steps: &[Step], wrong: fn(&str) -> bool, expected: &str) -> Verdict {
    match steps.iter().find(|step| wrong(&step.created_by)) {
        Some(step) => Verdict::fail(crate::domain::text::fit(&step.created_by, 120), expected),
        None => Verdict::pass(format!("{} steps", steps.len())),
    }
}

fn refreshes_alone(step: &str) -> bool {
    let refreshes = [
        "apt-get update",
        "apt update",
        "apk update",
        "yum makecache",
        "dnf makecache",
    ]
    .iter()
    .any(|command| step.contains(command));
    let installs = ["install", "apk add", "upgrade"]
        .iter()
        .any(|word| step.contains(word));
    refreshes && !installs
}

fn adds(step: &str) -> bool {
    let plain = step.trim_start_matches("/bin/sh -c #(nop)").trim_start();
    plain.strip_prefix("ADD ").is_some_and(|rest| {
        let what = rest.trim_start();
        let remote =
            what.contains("http://") || what.contains("https://") || what.contains("--checksum");
        let archive = [".tar", ".tgz", ".tar.gz", ".tar.xz", ".zip"]
            .iter()
            .any(|ending| what.contains(ending));
        !remote && !archive
    })
}

fn unverified(step: &str) -> bool {
    const SWITCHES: &[&str] = &[
        "--allow-unauthenticated",
        "--force-yes",
        "--nogpgcheck",
        "--no-gpg-check",
        "--allow-untrusted",
        "--no-check-certificate",
        "--allow-insecure-repositories",
    ];
    let fetches = step.contains("curl ") || step.contains("wget ");
    let piped = ["| sh", "|sh", "| bash", "|bash"]
        .iter()
        .any(|shell| step.contains(shell));
    let plain_http = fetches && step.contains("http://");
    SWITCHES.iter().any(|switch| step.contains(switch)) || (fetches && piped) || plain_http
}

#[cfg(test)]
mod tests {
    use super::{adds, refreshes_alone, unverified};

    #[test]
    fn steps_are_read_by_what_they_do() {
        assert!(refreshes_alone("RUN /bin/sh -c apt-get update # buildkit"));
        assert!(!refreshes_alone(
            "RUN apt-get update && apt-get install -y curl"
        ));
        assert!(!refreshes_alone("COPY update.sh /"));
        assert!(adds("/bin/sh -c #(nop) ADD dir:00 in /app") && adds("ADD app /app # buildkit"));
        assert!(!adds("ADD https://example.net/a.tar.gz /") && !adds("COPY a /"));
        assert!(
            unverified("RUN curl -fsSL https://example.net/x.sh | sh")
                && !unverified("RUN curl -fsSLO https://a.b/c")
        );
    }
}
