//! Where an image comes from and how old it is.

use crate::controls::prelude::*;
use crate::domain::evidence::image::Image;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "image-trusted-source",
        title: "Image in use comes from an allowed registry and namespace",
        why: "Whoever fills the registry decides what runs. A name alone proves nothing: anybody can give it to anything.",
        evidence: "Repository digests of each image in use, which a graph driver's store gets only from a registry.",
        passes: "A digest belongs to a registry and namespace of policy trusted_registries. Local builds, stores that give \
                 digests to local builds, and hosts without that list are for a person to look at.",
        area: Area::Image,
        severity: Severity::High,
        set: Set::Policy,
        practices: &[12],
        cis: &[Cis::same("4.2", 1)],
        parameters: &[Parameter {
            name: "trusted_registries",
            about: "Registries, with or without namespace, that images may come from",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachImage(trusted),
        remedies: &[guide(
            RemedyClass::Manual,
            "Mirror the image into an approved registry and use it from there.",
            "Use the old reference.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-age",
        title: "Image in use is not stale",
        why: "An image holds the packages of the day it was built; every hole found since is still in it.",
        evidence: "The build date of each image in use.",
        passes: "It is at most policy image_max_days old. Builds without a real date are not checked.",
        area: Area::Image,
        severity: Severity::Medium,
        practices: &[13],
        cis: &[Cis::same("4.4", 1)],
        parameters: &[Parameter {
            name: "image_max_days",
            about: "Days after which an image counts as stale",
            default: Preset::Int(90),
        }],
        rule: Rule::EachImage(age),
        remedies: &[super::content::rebuild(
            "Build again on the current base, then recreate the containers.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-pinned",
        title: "Containers refer to images by digest or fixed version",
        why: "A moving tag brings another image with every pull: nobody can say what ran last week.",
        evidence: "The image reference that each container was made with.",
        passes: "It names a digest, or a tag other than latest, stable, edge, main, master, nightly.",
        area: Area::Image,
        severity: Severity::Medium,
        cis: &[Cis::same("5.28", 1)],
        rule: Rule::EachContainer(pinned),
        remedies: &[guide(
            RemedyClass::RecreateContainer,
            "Recreate the container with repository@digest, or with a version as tag.",
            "Recreate it with the old reference.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-stale-tag",
        title: "Container runs the image its tag points to now",
        why: "A new image that was pulled protects nobody until the containers are made anew from it.",
        evidence: "The id of the image each container runs, and the id that its tag has on this host.",
        passes: "They are the same. References by digest, and tags that are no longer here, do not apply.",
        area: Area::Image,
        severity: Severity::Medium,
        practices: &[13],
        cis: &[Cis::same("5.28", 1)],
        rule: Rule::EachContainer(current),
        remedies: &[guide(
            RemedyClass::RecreateContainer,
            "Recreate the container on the same tag.",
            "Recreate it from the old image id.",
        )],
        ..Control::BASE
    },
];

fn trusted(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let origins: Vec<_> = image
        .digests
        .iter()
        .map(|digest| facts::repository(digest))
        .collect();
    let shown = if origins.is_empty() {
        "no registry's digest".to_owned()
    } else {
        facts::joined(&origins)
    };
    let Some(allowed) = ctx.list("trusted_registries") else {
        return Ok(Verdict::manual(format!(
            "from {shown}; no policy trusted_registries"
        )));
    };
    if origins.is_empty() {
        return Ok(Verdict::manual(
            "built or loaded here: no registry's digest",
        ));
    }
    let listed = origins.iter().any(|origin| {
        allowed
            .iter()
            .any(|root| facts::is_within(origin, root.trim_end_matches('/')))
    });
    let snapshotter =
        ctx.info()?.driver_pair("driver-type") == Some("io.containerd.snapshotter.v1");
    Ok(if !listed {
        Verdict::fail(shown, "a registry of policy trusted_registries")
    } else if snapshotter {
        Verdict::manual(format!(
            "{shown}, but this image store gives digests to local builds too"
        ))
    } else {
        Verdict::pass(shown)
    })
}

fn age(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let text = &image.detail()?.created;
    let built: jiff::Timestamp = text
        .parse()
        .map_err(|error| Gap::no_data(format!("no build date: {error}")))?;
    // Builds that are made to be repeatable carry the first second of 1970 or 1980, or year 1.
    if built.as_second() < 400_000_000 {
        return Err(Gap::no_data(format!("the build date {text} is a stand-in")));
    }
    let days = (ctx.now() - built.as_second()).max(0) / 86_400;
    let most = ctx.int("image_max_days").map_or(90, |days| days);
    let observed = format!("{days} days old");
    Ok(if days > most {
        Verdict::fail(observed, format!("at most {most} days"))
    } else {
        Verdict::pass(observed)
    })
}

/// The tag of a reference; `None` where it names a digest or an id.
fn tag(reference: &str) -> Option<&str> {
    if reference.contains('@') || is_id(reference) {
        return None;
    }
    match reference.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => Some(tag),
        _ => Some("latest"),
    }
}

fn is_id(reference: &str) -> bool {
    let hex = reference.trim_start_matches("sha256:");
    hex.len() >= 12 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The reference as it was given: the inspect keeps it, the list may show an id once the tag has moved on.
fn reference(container: &Container) -> Known<&str> {
    let detail = container.detail()?;
    Ok(if detail.image.is_empty() {
        &container.image
    } else {
        &detail.image
    })
}

fn pinned(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    const MOVING: &[&str] = &["latest", "stable", "edge", "main", "master", "nightly"];
    let reference = reference(container)?;
    Ok(match tag(reference) {
        Some(tag) if MOVING.contains(&tag) => Verdict::fail(
            format!("{reference} (tag {tag})"),
            "a digest or a fixed version",
        ),
        _ => Verdict::pass(reference),
    })
}

/// The image that the tag of a container's reference names now; `None` where it has no tag, or the tag is gone.
pub(in crate::controls) fn named_now<'a>(
    ctx: &Context<'a>,
    container: &Container,
) -> Known<Option<&'a Image>> {
    let reference = reference(container)?;
    let Some(tag) = tag(reference) else {
        return Ok(None);
    };
    let wanted = (facts::repository(reference), tag);
    Ok(facts::images(ctx)?.iter().find(|image| {
        image.tags.iter().any(|name| {
            self::tag(name).map(|tag| (facts::repository(name), tag)) == Some(wanted.clone())
        })
    }))
}

fn current(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let reference = reference(container)?;
    Ok(match named_now(ctx, container)? {
        None if tag(reference).is_none() => Verdict::not_applicable("made from a digest or an id"),
        None => Verdict::not_applicable(format!("{reference} is no longer on this host")),
        Some(image) if facts::is_same(&image.id, &container.image_id) => Verdict::pass(reference),
        Some(_) => Verdict::fail(
            format!("{reference} now names another image"),
            "the image that the tag names",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(tag("r.example.net:5000/web"), Some("latest"));
        assert_eq!(tag("nginx:1.25"), Some("1.25"));
        assert_eq!(tag("nginx@sha256:00"), None);
        assert_eq!(tag("0123456789ab"), None);
    }
}
