//! What a person has to state, because no program can see it.

use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "ops-backup",
    title: "Volumes and configuration are backed up",
    why: "A copy that nobody has restored from is a hope. No program on the host can see whether one exists elsewhere.",
    evidence: "An attestation with the day of the last restore that was tried; number of volumes.",
    passes: "It was attested within policy backup_max_days. Without that policy it does not apply.",
    area: Area::Operations,
    severity: Severity::Medium,
    set: Set::Policy,
    parameters: &[Parameter {
        name: "backup_max_days",
        about: "Days within which somebody must have attested that volumes and configuration can be restored",
        default: Preset::Unset(ParameterKind::Int),
    }],
    rule: Rule::Host(backup),
    remedies: &[guide(
        RemedyClass::Manual,
        "Back up, try a restore, and write who did it and when into attestations.toml.",
        "",
    )],
    ..Control::BASE
}];

fn backup(ctx: &Context<'_>) -> Known<Verdict> {
    let volumes = ctx.evidence.engine.volumes.known()?.len();
    let Some(most) = ctx.int("backup_max_days") else {
        return Ok(Verdict::not_applicable("no policy backup_max_days"));
    };
    Ok(match facts::attested(ctx, "ops-backup", most)? {
        Verdict::Pass(text) => Verdict::pass(format!("{text}; {volumes} volumes")),
        verdict => verdict,
    })
}
