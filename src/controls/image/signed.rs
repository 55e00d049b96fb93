//! Signatures and statements of origin.

use crate::controls::prelude::*;
use crate::domain::evidence::image::Image;
use crate::domain::version::Version;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "image-signature",
        title: "Images in use carry a verified signature",
        why: "A name and even a digest say nothing of who built an image; a verified signature does.",
        evidence: "Signatures of each image in use, as the engine itself verified them (from API 1.53 on).",
        passes: "One is verified and its signer is in policy image_signers. Without that list what was found is for a person to \
                 look at.",
        area: Area::Image,
        severity: Severity::High,
        set: Set::Policy,
        practices: &[18],
        cis: &[Cis::same("4.5", 2), Cis::same("4.12", 1)],
        parameters: &[Parameter {
            name: "image_signers",
            about: "Names in certificates of those who may sign images",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachImage(signature),
        remedies: &[guide(
            RemedyClass::Manual,
            "Sign images where they are built, and let only signed ones be started.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-provenance",
        title: "Images in use carry provenance and SBOM attestations",
        why: "They say how an image was built and of what: without them nobody can tell which images a new hole touches.",
        evidence: "Kinds of the statements attached to each image in use (from API 1.55 on).",
        passes: "There is one of provenance (SLSA) and one that lists the parts (SPDX or CycloneDX).",
        area: Area::Image,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[18],
        cis: &[Cis::same("4.12", 1)],
        rule: Rule::EachImage(provenance),
        remedies: &[super::content::rebuild(
            "Build with --provenance and --sbom, and push to a registry that keeps them.",
        )],
        ..Control::BASE
    },
];

/// The API from which on engines tell who an image is.
const TOLD_FROM: &str = "1.53";

fn signature(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let none = Vec::new();
    let told = image.detail()?.signatures.as_ref();
    if told.is_none() {
        let api = Version::parse(&ctx.version()?.api);
        if api.is_none_or(|api| !api.at_least(TOLD_FROM)) {
            return Err(Gap::unsupported(format!(
                "this engine does not verify signatures (needs API {TOLD_FROM})"
            )));
        }
    }
    let signatures = told.map_or(&none, |signatures| signatures);
    let verified: Vec<&str> = signatures
        .iter()
        .filter(|signature| signature.error.is_none())
        .map(|signature| signature.signer.as_str())
        .collect();
    let shown = match (verified.is_empty(), signatures.first()) {
        (false, _) => format!("signed by {}", facts::joined(&verified)),
        (true, Some(signature)) => format!(
            "a signature that is not verified: {}",
            signature
                .error
                .as_deref()
                .map_or("no reason told", |why| why)
        ),
        (true, None) => "not signed".to_owned(),
    };
    let Some(signers) = ctx.list("image_signers") else {
        return Ok(Verdict::manual(format!("{shown}; no policy image_signers")));
    };
    let known = verified
        .iter()
        .any(|signer| signers.iter().any(|known| known == signer));
    Ok(if known {
        Verdict::pass(shown)
    } else {
        Verdict::fail(shown, "a verified signature by one of policy image_signers")
    })
}

fn provenance(_: &Context<'_>, image: &Image) -> Known<Verdict> {
    let kinds = image.attestations.known()?;
    let has = |words: &[&str]| {
        kinds
            .iter()
            .any(|kind| words.iter().any(|word| kind.to_lowercase().contains(word)))
    };
    let origin = has(&["slsa.dev/provenance"]);
    let parts = has(&["spdx", "cyclonedx"]);
    let observed = if kinds.is_empty() {
        "nothing is attached".to_owned()
    } else {
        facts::joined(kinds)
    };
    Ok(if origin && parts {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, "provenance and a list of parts")
    })
}
