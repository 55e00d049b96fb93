//! What an image carries that it does not need.

use super::build::{OWN, ours};
use super::content::rebuild;
use crate::controls::prelude::*;
use crate::domain::evidence::image::Image;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "image-no-sudo",
        title: "sudo is not used in the image",
        why: "sudo in an image is a setuid program whose rules nobody reads; the user to run as is for USER to say.",
        evidence: "Build steps of each image in use.",
        passes: "No step uses or installs sudo.",
        area: Area::Image,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[15],
        rule: Rule::EachImage(sudo),
        remedies: &[rebuild(
            "Build as root and end with USER; take sudo out of the packages.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-size-budget",
        title: "Image size is within budget",
        why: "What is not in an image need not be pulled, patched or feared.",
        evidence: "Size of each image in use, and of its largest steps.",
        passes: "It is at most policy image_max_mib.",
        area: Area::Image,
        severity: Severity::Info,
        set: Set::Informational,
        practices: &[16],
        parameters: &[Parameter {
            name: "image_max_mib",
            about: "Largest size of an image in MiB",
            default: Preset::Int(1024),
        }],
        rule: Rule::EachImage(size),
        remedies: &[rebuild(
            "Build in several stages and copy only the result; start from a smaller base.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-layer-waste",
        title: "Build steps leave no package caches behind",
        why: "A cache that a later step removes is still in the layer that made it.",
        evidence: "Build steps of each image in use that comes from policy own_registries.",
        passes: "Each step that installs packages removes its cache, or asks for none.",
        area: Area::Image,
        severity: Severity::Info,
        set: Set::Informational,
        practices: &[16],
        parameters: &[OWN],
        rule: Rule::EachImage(|ctx, image| ours(ctx, image, || waste(image))),
        remedies: &[rebuild(
            "Remove the cache in the step that made it, or install without one.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-workdir",
        title: "Working directory is absolute and not a system directory",
        why: "What the process writes beside itself lands among the system's files, or where the last step happened to be.",
        evidence: "The declared working directory of each image in use that comes from policy own_registries.",
        passes: "It is absolute and neither a system folder nor below one. None is the root folder, which passes.",
        area: Area::Image,
        severity: Severity::Info,
        set: Set::Informational,
        parameters: &[OWN],
        rule: Rule::EachImage(|ctx, image| ours(ctx, image, || workdir(image))),
        remedies: &[rebuild("Add WORKDIR with a folder of the program's own.")],
        ..Control::BASE
    },
    Control {
        id: "image-labels",
        title: "Image names its source, revision and owner",
        why: "A finding in an image that nobody can trace to its source is repaired by nobody.",
        evidence: "Labels of each image in use that comes from policy own_registries.",
        passes: "org.opencontainers.image.source, .revision and .created are there and not empty.",
        area: Area::Image,
        severity: Severity::Info,
        set: Set::Informational,
        parameters: &[OWN],
        rule: Rule::EachImage(|ctx, image| ours(ctx, image, || labels(image))),
        remedies: &[rebuild(
            "Let the build set the labels org.opencontainers.image.source, .revision and .created.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-content-trust-legacy",
        title: "Docker Content Trust setting is understood, not just switched on",
        why: "Clients from 29 on ignore the old switch for signed tags, and the public service behind it ends. Whoever \
              relies on it is not protected.",
        evidence: "The engine's version and policy content_trust.",
        passes: "It does not apply unless policy content_trust asks for it; the aim lives on as the verification of \
                 signatures.",
        area: Area::Image,
        severity: Severity::Low,
        practices: &[18],
        cis: &[Cis::same("4.5", 2)],
        parameters: &[Parameter {
            name: "content_trust",
            about: "Whether old clients are meant to check signed tags",
            default: Preset::Bool(false),
        }],
        rule: Rule::Host(content_trust),
        remedies: &[guide(
            RemedyClass::Manual,
            "Sign images in the build and verify the signatures before they run.",
            "",
        )],
        ..Control::BASE
    },
];

fn sudo(_: &Context<'_>, image: &Image) -> Known<Verdict> {
    let steps = image.history()?;
    let uses = |step: &str| {
        step.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')'))
            .any(|word| word == "sudo")
    };
    Ok(match steps.iter().find(|step| uses(&step.created_by)) {
        Some(step) => Verdict::fail(crate::domain::text::fit(&step.created_by, 120), "no sudo"),
        None => Verdict::pass(format!("none in {} steps", steps.len())),
    })
}

fn size(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    if image.size <= 0 {
        return Err(Gap::no_data("the engine does not tell the size"));
    }
    let most = ctx.int("image_max_mib").map_or(1024, |most| most);
    let mebibytes = image.size >> 20;
    let observed = format!("{mebibytes} MiB");
    Ok(if mebibytes > most {
        Verdict::fail(observed, format!("at most {most} MiB"))
    } else {
        Verdict::pass(observed)
    })
}

/// Commands that install, with what keeps their cache out of the layer.
const INSTALLS: &[(&str, &[&str])] = &[
    (
        "apt-get install",
        &["/var/lib/apt/lists", "--mount=type=cache"],
    ),
    ("apt install", &["/var/lib/apt/lists", "--mount=type=cache"]),
    (
        "apk add",
        &["--no-cache", "/var/cache/apk", "--mount=type=cache"],
    ),
    ("yum install", &["clean all", "--mount=type=cache"]),
    ("dnf install", &["clean all", "--mount=type=cache"]),
    ("pip install", &["--no-cache-dir", "--mount=type=cache"]),
];

fn waste(image: &Image) -> Known<Verdict> {
    let steps = image.history()?;
    let wasteful = |step: &str| {
        INSTALLS.iter().any(|(command, cures)| {
            step.contains(command) && !cures.iter().any(|cure| step.contains(cure))
        })
    };
    Ok(match steps.iter().find(|step| wasteful(&step.created_by)) {
        Some(step) => Verdict::fail(
            crate::domain::text::fit(&step.created_by, 120),
            "no package cache",
        ),
        None => Verdict::pass(format!("none in {} steps", steps.len())),
    })
}

/// Folders of the system, in which no program should work.
const SYSTEM: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/lib",
    "/usr/sbin",
];

fn workdir(image: &Image) -> Known<Verdict> {
    let given = image.detail()?.workdir.as_str();
    let expected = "an absolute folder of its own";
    Ok(if given.is_empty() {
        Verdict::pass("none: the root folder")
    } else if !given.starts_with('/') {
        Verdict::fail(format!("{given} is not absolute"), expected)
    } else if given == "/usr"
        || SYSTEM
            .iter()
            .any(|folder| facts::is_within(&facts::tidy_path(given), folder))
    {
        Verdict::fail(given, expected)
    } else {
        Verdict::pass(given)
    })
}

const LABELS: &[&str] = &["source", "revision", "created"];

fn labels(image: &Image) -> Known<Verdict> {
    let detail = image.detail()?;
    let missing: Vec<_> = LABELS
        .iter()
        .map(|name| format!("org.opencontainers.image.{name}"))
        .filter(|name| {
            !detail
                .annotations
                .iter()
                .any(|(label, value)| label == name && !value.is_empty())
        })
        .collect();
    Ok(if missing.is_empty() {
        Verdict::pass("source, revision and created are there")
    } else {
        Verdict::fail(
            format!("missing: {}", facts::joined(&missing)),
            "source, revision and created",
        )
    })
}

fn content_trust(ctx: &Context<'_>) -> Known<Verdict> {
    if ctx.flag("content_trust") != Some(true) {
        return Ok(Verdict::not_applicable(
            "obsolete, and policy content_trust does not ask for it",
        ));
    }
    if facts::engine_version(ctx)?.at_least("29.0") {
        return Ok(Verdict::not_applicable(
            "clients of this version ignore it: verify signatures instead",
        ));
    }
    Err(Gap::no_data("what the clients' users have set is not read"))
}
