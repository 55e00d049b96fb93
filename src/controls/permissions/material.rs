//! Certificates and keys: of registries, of the daemon's TLS listener.

use super::{OWN_AND_CLOSE, give_back_by};
use crate::controls::files::{Real, each, narrow, owned};
use crate::controls::give_back;
use crate::controls::prelude::*;

const CERTS: &str = "/etc/docker/certs.d";
const REGISTRY: Place = Place::Folders(CERTS);
const REGISTRY_FILES: &[Place] = &[
    Place::Below(CERTS, ".crt"),
    Place::Below(CERTS, ".cert"),
    Place::Below(CERTS, ".key"),
];

const CERTIFICATE_MODE: Parameter = Parameter {
    name: "certificate_mode",
    about: "Widest mode accepted on certificate files, in octal",
    default: Preset::Text("0644"),
};
const KEY_MODE: Parameter = Parameter {
    name: "tls_key_mode",
    about: "Widest mode accepted on private keys of TLS, in octal",
    default: Preset::Text("0600"),
};

/// What all controls of this topic share.
const FILE: Control = Control {
    why: "A certificate that others can replace moves trust to somebody else; a key that others can read gives the \
          identity away.",
    evidence: "Numeric owner, group and mode of the files that the daemon really uses; links are followed.",
    passes: "They belong to 0:0 and have no permission bit beyond the allowed ones, compared bitwise. Certificates may \
             be 0644, in strict profiles 0444; a setting that is not used does not apply.",
    area: Area::Permissions,
    remedies: &[OWN_AND_CLOSE],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-registry-cert-owner",
        title: "Registry certificate files belong to root",
        severity: Severity::Medium,
        practices: &[40],
        cis: &[Cis::same("3.7", 1)],
        rule: Rule::Many(|ctx| {
            Ok(each(ctx, REGISTRY_FILES, |place, real| {
                owned(ctx, place, Owner::Root, real)
            }))
        }),
        places: REGISTRY_FILES,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::own(ctx, subject, REGISTRY, Owner::Root)
        })],
        ..FILE
    },
    Control {
        id: "perm-registry-cert-mode",
        title: "Registry certificate files are read-only",
        severity: Severity::Low,
        practices: &[40],
        cis: &[Cis::same("3.8", 1)],
        parameters: &[CERTIFICATE_MODE],
        rule: Rule::Many(|ctx| {
            let at_most = octal(ctx, "certificate_mode")?;
            let certificates = &[Place::Below(CERTS, ".crt"), Place::Below(CERTS, ".cert")];
            Ok(each(ctx, certificates, |_, real| Ok(narrow(real, at_most))))
        }),
        places: REGISTRY_FILES,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::narrow(ctx, subject, octal(ctx, "certificate_mode")?)
        })],
        ..FILE
    },
    Control {
        id: "perm-registry-cert-dirs",
        title: "certs.d directories can be traversed and only root writes",
        severity: Severity::Medium,
        practices: &[40],
        passes: "Each folder belongs to 0:0, has no permission bit beyond 0755, and can be entered (x is set).",
        rule: Rule::Many(|ctx| {
            Ok(each(ctx, &[Place::Folders(CERTS)], |place, real| {
                folder(ctx, place, real)
            }))
        }),
        places: &[Place::Folders(CERTS)],
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::open_to_enter(ctx, subject)
        })],
        ..FILE
    },
    Control {
        id: "perm-registry-client-key",
        title: "Registry client keys are private",
        severity: Severity::High,
        practices: &[40],
        rule: Rule::FileMode {
            place: Place::Below(CERTS, ".key"),
            at_most: 0o600,
        },
        ..FILE
    },
    Control {
        id: "perm-tls-ca-owner",
        title: "TLS CA certificate belongs to root",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.9", 1)],
        rule: Rule::FileOwner(Place::Setting("tlscacert"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-tls-ca-mode",
        title: "TLS CA certificate is read-only",
        severity: Severity::Low,
        practices: &[38],
        cis: &[Cis::same("3.10", 1)],
        parameters: &[CERTIFICATE_MODE],
        rule: Rule::Many(|ctx| by_parameter(ctx, Place::Setting("tlscacert"), "certificate_mode")),
        places: &[Place::Setting("tlscacert")],
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::narrow(ctx, subject, octal(ctx, "certificate_mode")?)
        })],
        ..FILE
    },
    Control {
        id: "perm-tls-cert-owner",
        title: "TLS server certificate belongs to root",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.11", 1)],
        rule: Rule::FileOwner(Place::Setting("tlscert"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-tls-cert-mode",
        title: "TLS server certificate is read-only",
        severity: Severity::Low,
        practices: &[38],
        cis: &[Cis::same("3.12", 1)],
        parameters: &[CERTIFICATE_MODE],
        rule: Rule::Many(|ctx| by_parameter(ctx, Place::Setting("tlscert"), "certificate_mode")),
        places: &[Place::Setting("tlscert")],
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::narrow(ctx, subject, octal(ctx, "certificate_mode")?)
        })],
        ..FILE
    },
    Control {
        id: "perm-tls-key-owner",
        title: "TLS server key belongs to root",
        severity: Severity::High,
        practices: &[38],
        cis: &[Cis::same("3.13", 1)],
        rule: Rule::FileOwner(Place::Setting("tlskey"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-tls-key-mode",
        title: "TLS server key is private",
        severity: Severity::Critical,
        practices: &[38],
        cis: &[Cis::same("3.14", 1)],
        parameters: &[KEY_MODE],
        rule: Rule::Many(|ctx| by_parameter(ctx, Place::Setting("tlskey"), "tls_key_mode")),
        places: &[Place::Setting("tlskey")],
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::narrow(ctx, subject, octal(ctx, "tls_key_mode")?)
        })],
        ..FILE
    },
];

/// The octal mode that the parameter `name` holds; a text that is none is a gap, so that no file passes by mistake.
fn octal(ctx: &Context<'_>, name: &str) -> Known<u32> {
    let text = ctx
        .text(name)
        .ok_or_else(|| Gap::no_data(format!("policy {name} is no text")))?;
    u32::from_str_radix(text.trim_start_matches("0o"), 8).map_err(|error| {
        Gap::no_data(format!(
            "policy {name} = {text:?} is no octal mode: {error}"
        ))
    })
}

fn by_parameter(ctx: &Context<'_>, place: Place, name: &str) -> Known<Judged> {
    let at_most = octal(ctx, name)?;
    Ok(each(ctx, &[place], |_, real| Ok(narrow(real, at_most))))
}

/// A folder whose files everybody may read must be entered by everybody: without x they cannot be found.
fn folder(ctx: &Context<'_>, place: Place, real: &Real<'_>) -> Known<Verdict> {
    let mode = real.stat.mode;
    let entered = if mode & 0o111 == 0o111 {
        Verdict::pass("can be entered")
    } else {
        Verdict::fail(format!("{mode:04o} cannot be entered by all"), "x for all").at(Severity::Low)
    };
    all([
        owned(ctx, place, Owner::Root, real),
        Ok(narrow(real, 0o755)),
        Ok(entered),
    ])
}
