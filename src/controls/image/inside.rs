//! What layers of images hold, read on the host; nothing is exported and no container is entered.

use super::content::rebuild;
use crate::controls::prelude::*;
use crate::domain::evidence::host::{Layer, LayerAccount};
use crate::domain::evidence::image::Image;
use crate::domain::gap::GapClass;

/// What all controls of this topic share.
const INSIDE: Control = Control {
    area: Area::Image,
    set: Set::Hardened,
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "image-base-minimal",
        title: "Image is built on a small, supported base",
        why: "Whatever the base brings along must be patched and can be used by an intruder. Which base is small enough is \
              advice, not law.",
        evidence: "The label that names the base; else the system that the layers hold.",
        passes: "The base, or the system, is in policy minimal_bases. Layers without any system are a base from nothing. A full \
                 system without a label may be a slim one, which is for a person to look at.",
        severity: Severity::Low,
        practices: &[12, 15, 16],
        cis: &[Cis::same("4.3", 1)],
        parameters: &[Parameter {
            name: "minimal_bases",
            about: "Words in the names of bases, or names of systems, that count as small",
            default: Preset::List(&[
                "alpine",
                "busybox",
                "chainguard",
                "distroless",
                "micro",
                "minimal",
                "scratch",
                "slim",
                "static",
                "wolfi",
            ]),
        }],
        rule: Rule::EachImage(minimal),
        remedies: &[rebuild("Build on a smaller base.")],
        ..INSIDE
    },
    Control {
        id: "image-base-eol",
        title: "Image's distribution is not end-of-life",
        why: "A system that is no longer supported gets no repairs, whoever rebuilds the image.",
        evidence: "The system that the layers hold, else the label that names the base; the bundled table of support ends.",
        passes: "Its support ends in the future. A system that the table does not know is not checked; layers without any system \
                 do not apply.",
        severity: Severity::High,
        set: Set::Policy,
        practices: &[12, 13],
        cis: &[Cis::same("4.4", 1)],
        rule: Rule::EachImage(supported),
        remedies: &[rebuild("Build on a release that is supported.")],
        ..INSIDE
    },
    Control {
        id: "image-unneeded-packages",
        title: "No build tools, editors, network clients or package caches in the image",
        why: "Compilers and clients are what an intruder would have to bring along; in a running image they only add holes.",
        evidence: "Packages that the layers list; else build steps that install them.",
        passes: "None of policy unneeded_packages. What only a build step suggests is for a person to look at: a later stage may \
                 have left it behind.",
        severity: Severity::Low,
        practices: &[15, 16],
        cis: &[Cis::same("4.3", 1)],
        parameters: &[Parameter {
            name: "unneeded_packages",
            about: "Packages that no image in use should hold",
            default: Preset::List(&[
                "build-base",
                "build-essential",
                "cmake",
                "dropbear",
                "emacs",
                "g++",
                "gcc",
                "gdb",
                "git",
                "make",
                "nano",
                "netcat-openbsd",
                "netcat-traditional",
                "nmap",
                "openssh-server",
                "socat",
                "strace",
                "sudo",
                "tcpdump",
                "telnet",
                "vim",
            ]),
        }],
        rule: Rule::EachImage(packages),
        remedies: &[rebuild(
            "Build in several stages and copy only the result into the last one.",
        )],
        ..INSIDE
    },
    Control {
        id: "image-setuid-binaries",
        title: "setuid/setgid files in the image are expected ones",
        why: "A program that runs as its owner is the usual way from a user of the container to its root.",
        evidence: "Setuid and setgid programs in the layers; only in a deep sweep.",
        passes: "Each is in policy setuid_programs.",
        severity: Severity::Medium,
        cis: &[Cis::same("4.8", 2)],
        parameters: &[Parameter {
            name: "setuid_programs",
            about: "Paths of setuid and setgid programs that images may hold",
            default: Preset::List(&[]),
        }],
        rule: Rule::EachImage(setuid),
        remedies: &[rebuild(
            "Take the bits away in the last build step; run with no-new-privileges until then.",
        )],
        ..INSIDE
    },
    Control {
        id: "image-account-hygiene",
        title: "No empty passwords and no duplicate ids in the image",
        why: "An account without a password lets everybody in who can ask for one; two accounts of one number are one account.",
        evidence: "Accounts in the layers; of passwords only whether there is none.",
        passes: "No account has an empty password and no two have the same number.",
        severity: Severity::Medium,
        rule: Rule::EachImage(accounts),
        remedies: &[rebuild(
            "Lock accounts that nobody logs in to, and give each a number of its own.",
        )],
        ..INSIDE
    },
];

/// The layers of an image, the newest first.
fn layers<'a>(ctx: &Context<'a>, image: &Image) -> Known<Vec<&'a Layer>> {
    let named = &image.detail()?.layers;
    if named.is_empty() {
        return Err(Gap::unsupported(
            "this image store does not say where its layers are",
        ));
    }
    ctx.found()?;
    named
        .iter()
        .map(|folder| match ctx.host().layers.get(folder) {
            Some(layer) => layer.known(),
            None => Err(Gap::no_data(format!("the layer {folder} was not read"))),
        })
        .collect()
}

/// What the newest layer that has it says; one that a newer layer took away is empty there.
fn newest<'a, T>(layers: &[&'a Layer], of: impl Fn(&'a Layer) -> Option<&'a T>) -> Option<&'a T> {
    layers.iter().find_map(|layer| of(layer))
}

/// The system that an image holds: `None` where it holds none.
fn system<'a>(layers: &[&'a Layer]) -> Option<&'a (String, String)> {
    newest(layers, |layer| layer.os.as_ref()).filter(|(id, _)| !id.is_empty())
}

/// The base that a label names.
fn base(image: &Image) -> Known<Option<&str>> {
    Ok(image
        .detail()?
        .annotations
        .iter()
        .find(|(name, value)| name == "org.opencontainers.image.base.name" && !value.is_empty())
        .map(|(_, value)| value.as_str()))
}

fn minimal(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let small = ctx
        .list("minimal_bases")
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let fits = |name: &str| small.iter().any(|word| name.contains(word.as_str()));
    if let Some(base) = base(image)? {
        return Ok(if fits(base) {
            Verdict::pass(base)
        } else {
            Verdict::fail(base, "a base of policy minimal_bases")
        });
    }
    let layers = layers(ctx, image)?;
    Ok(match system(&layers) {
        None => Verdict::pass("no system in it"),
        Some((id, version)) if fits(id) => Verdict::pass(format!("{id} {version}")),
        Some((id, version)) => Verdict::manual(format!("{id} {version}; no label names the base")),
    })
}

/// Name and version of the system that a base's reference names, such as `debian` and `12`.
fn named(base: &str) -> Option<(String, String)> {
    let name = base.split('@').next()?;
    // What follows the colon of a port holds the rest of the path.
    let (repository, tag) = name
        .rsplit_once(':')
        .filter(|(_, tag)| !tag.contains('/'))?;
    let id = repository.rsplit('/').next()?;
    let version: String = tag
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    (!version.is_empty()).then(|| (id.to_owned(), version.trim_end_matches('.').to_owned()))
}

fn supported(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let told = base(image)?.and_then(named);
    let (id, version) = match (layers(ctx, image), told) {
        (Ok(layers), told) => match (system(&layers), told) {
            (Some(system), _) => system.clone(),
            (None, Some(told)) => told,
            (None, None) => return Ok(Verdict::not_applicable("no system in it")),
        },
        (Err(_), Some(told)) => told,
        (Err(gap), None) => return Err(gap),
    };
    // Tables name a release by the part of its version that has a support end of its own.
    let rows = ctx.tables.systems.iter().filter(|row| row.id == id);
    let row = rows
        .filter(|row| {
            row.version.is_empty()
                || version == row.version
                || version
                    .strip_prefix(row.version.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
        })
        .max_by_key(|row| row.version.len())
        .ok_or_else(|| {
            Gap::no_data(format!(
                "the table of {} has no row for {id} {version}",
                ctx.tables.dated
            ))
        })?;
    let today = ctx.now().div_euclid(86_400);
    let observed = format!("{id} {version}");
    Ok(match row.ends_day {
        None => Verdict::pass(format!("{observed}, a rolling release")),
        Some(end) if end < today && row.ends.is_empty() => Verdict::fail(
            format!("{observed}, which has ended"),
            "a supported release",
        ),
        Some(end) if end < today => Verdict::fail(
            format!("{observed}, which ended on {}", row.ends),
            "a supported release",
        ),
        Some(_) => Verdict::pass(format!("{observed}, until {}", row.ends)),
    })
}

fn packages(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let unneeded = ctx
        .list("unneeded_packages")
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let expected = "none of policy unneeded_packages";
    match layers(ctx, image) {
        Ok(layers) => {
            let Some(installed) = newest(&layers, |layer| layer.packages.as_ref()) else {
                return suggested(image, &unneeded, "the layers list no packages");
            };
            let found: Vec<_> = unneeded
                .iter()
                .filter(|name| installed.contains(name))
                .collect();
            Ok(if found.is_empty() {
                Verdict::pass(format!("none of them among {} packages", installed.len()))
            } else {
                Verdict::fail(facts::joined(&found), expected)
            })
        }
        Err(gap) => match suggested(image, &unneeded, &gap.message)? {
            // That no step installs one says little about a base that was built elsewhere.
            Verdict::Manual(seen) => Ok(Verdict::Manual(seen)),
            _ => Err(gap),
        },
    }
}

/// What build steps install, as far as they can be read.
fn suggested(image: &Image, unneeded: &[String], why: &str) -> Known<Verdict> {
    const INSTALLS: &[&str] = &["install ", "apk add"];
    let installs = |step: &str, name: &str| {
        INSTALLS.iter().any(|verb| step.contains(verb))
            && step
                .split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '='))
                .any(|word| word == name)
    };
    let steps = image.history()?;
    let found: Vec<_> = unneeded
        .iter()
        .filter(|name| steps.iter().any(|step| installs(&step.created_by, name)))
        .collect();
    Ok(if found.is_empty() {
        Verdict::not_applicable("no packages in it")
    } else {
        Verdict::manual(format!(
            "build steps install {}; {why}",
            facts::joined(&found)
        ))
    })
}

fn setuid(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let allowed = ctx
        .list("setuid_programs")
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let mut found = Vec::new();
    for layer in layers(ctx, image)? {
        let programs = layer
            .setuid
            .as_ref()
            .ok_or_else(|| Gap::new(GapClass::Tier, "searched for by a deep sweep only"))?;
        found.extend(programs.iter().filter(|path| !allowed.contains(path)));
    }
    found.sort_unstable();
    found.dedup();
    Ok(if found.is_empty() {
        Verdict::pass("none but those of policy setuid_programs")
    } else {
        Verdict::fail(
            facts::joined(&found),
            "only those of policy setuid_programs",
        )
    })
}

fn accounts(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let layers = layers(ctx, image)?;
    let Some(accounts) = newest(&layers, |layer| layer.accounts.as_ref()) else {
        return Ok(Verdict::not_applicable("no accounts in it"));
    };
    let mut wrong = Vec::new();
    let without: Vec<&str> = accounts
        .iter()
        .filter(|account| account.open)
        .map(|account| account.name.as_str())
        .chain(
            newest(&layers, |layer| layer.without_password.as_ref())
                .into_iter()
                .flatten()
                .map(String::as_str),
        )
        .collect();
    if !without.is_empty() {
        wrong.push(format!("no password: {}", facts::joined(&without)));
    }
    for (at, account) in accounts.iter().enumerate() {
        let same = |other: &&LayerAccount| other.uid == account.uid;
        if let Some(other) = accounts.iter().take(at).find(same) {
            wrong.push(format!(
                "{} and {} are {}",
                other.name, account.name, account.uid
            ));
        }
    }
    Ok(if wrong.is_empty() {
        Verdict::pass(format!("{} accounts", accounts.len()))
    } else {
        Verdict::fail(
            wrong.join("; "),
            "passwords or locks, and numbers of their own",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_base_names_its_release_by_its_tag() {
        let of = |base: &str| named(base).map(|(id, version)| format!("{id} {version}"));
        assert_eq!(
            of("docker.io/library/debian:12-slim").as_deref(),
            Some("debian 12")
        );
        assert_eq!(
            of("alpine:3.20.1@sha256:aa").as_deref(),
            Some("alpine 3.20.1")
        );
        assert_eq!(of("debian:bookworm"), None);
        assert_eq!(of("r.example.net:5000/debian"), None);
    }
}
