//! The dashboard from keys and events to frames.

mod across;
mod behaviour;
mod catalogue;
mod causes;
mod evidence;
mod fleet;
mod mouse;
mod output;
mod palette;
mod question;
mod random;
mod repair;
mod rows;
pub(crate) mod script;
mod tabs;
mod taking;

use plimsoll::domain::event::FleetEvent;
use plimsoll::tui::color::Depth;
use plimsoll::tui::glyph::Glyphs;

use script::{Script, setup};

const SIZES: [(u16, u16); 5] = [(40, 10), (60, 15), (80, 24), (120, 36), (200, 60)];

/// The fleet after its sweep.
fn done() -> Vec<FleetEvent> {
    let mut events = fleet::mixed();
    events.extend(fleet::ended_well());
    events
}

/// Takes a picture of what `keys` lead to at every size.
fn pictures(name: &str, events: &dyn Fn() -> Vec<FleetEvent>, keys: &str) {
    for size in SIZES {
        picture(name, events, keys, size);
    }
}

fn picture(
    name: &str,
    events: &dyn Fn() -> Vec<FleetEvent>,
    keys: &str,
    (width, height): (u16, u16),
) {
    Script::on(events())
        .size(width, height)
        .keys(keys)
        .snapshot(&format!("{name}-{width}x{height}"));
}

#[test]
fn nothing_known_yet() {
    picture("empty", &Vec::new, "", (80, 24));
}

#[test]
fn the_fleet_while_it_is_read() {
    pictures("fleet", &fleet::mixed, "");
}

#[test]
fn the_fleet_when_it_is_read() {
    picture("fleet-done", &done, "", (80, 24));
    picture("fleet-done", &done, "jjjjjj", (120, 36));
}

#[test]
fn two_hundred_hosts() {
    let many = || fleet::many(200);
    picture("many", &many, "", (80, 24));
    picture("many", &many, "<pgdn><pgdn>  ", (120, 36));
}

#[test]
fn what_to_fix_once() {
    pictures("causes", &done, "P");
    picture("causes-many", &|| fleet::many(200), "P", (120, 36));
    picture("causes-none", &Vec::new, "P", (80, 24));
}

#[test]
fn one_control_everywhere() {
    pictures("control", &done, "PG<enter>");
    picture("control-many", &|| fleet::many(200), "P<enter>", (120, 36));
    picture("control-none", &done, "PG<enter>/nowhere<enter>", (80, 24));
}

#[test]
fn the_images_of_the_fleet() {
    pictures("all-images", &done, "I");
    picture("all-images-none", &Vec::new, "I", (80, 24));
}

#[test]
fn the_waivers_of_the_inventory() {
    for (width, height) in SIZES {
        across::waived()
            .size(width, height)
            .keys("W")
            .snapshot(&format!("waivers-{width}x{height}"));
    }
    picture("waivers-none", &Vec::new, "W", (80, 24));
}

#[test]
fn the_findings_of_a_host() {
    pictures("findings", &fleet::mixed, "<enter>");
    picture("findings-all", &fleet::mixed, "<enter>!", (120, 36));
}

#[test]
fn the_evidence_of_a_finding() {
    pictures("evidence", &fleet::mixed, "<enter>jj<enter>");
    picture(
        "evidence-unknown",
        &fleet::mixed,
        "j<enter>jj<enter>",
        (80, 24),
    );
    picture(
        "evidence-waived",
        &fleet::mixed,
        "<enter>G<enter>",
        (80, 24),
    );
}

#[test]
fn text_of_a_hostile_host() {
    picture("hostile", &fleet::mixed, "jj<enter>", (80, 24));
}

#[test]
fn the_containers_of_a_host() {
    pictures("containers", &fleet::mixed, "<enter>2");
}

#[test]
fn the_settings_of_a_container() {
    pictures("container", &fleet::mixed, "<enter>2j<enter>");
    // A host of which the kernel told more than the settings do.
    picture(
        "container-kernel",
        &fleet::mixed,
        "<enter>2/api<enter>z",
        (80, 24),
    );
    picture("containers-none", &fleet::mixed, "jjj<enter>2", (80, 24));
}

#[test]
fn the_images_of_a_host() {
    pictures("images", &fleet::mixed, "<enter>3");
    picture("image", &fleet::mixed, "<enter>3/docker<enter>z", (120, 36));
    picture("images-gap", &fleet::mixed, "jjj<enter>3", (80, 24));
}

#[test]
fn the_daemon_of_a_host() {
    pictures("daemon", &fleet::mixed, "<enter>4");
}

#[test]
fn the_permissions_of_a_host() {
    pictures("permissions", &fleet::mixed, "<enter>5");
    picture("permissions-tls", &fleet::mixed, "jjj<enter>5", (80, 24));
}

#[test]
fn the_system_of_a_host() {
    pictures("system", &fleet::mixed, "<enter>6");
    picture("system-tls", &fleet::mixed, "jjj<enter>6", (80, 24));
}

#[test]
fn the_swarm_of_a_host() {
    pictures("swarm", &fleet::mixed, "jjj<enter>7");
}

#[test]
fn hosts_without_a_result() {
    pictures("failed", &fleet::mixed, "jjjjjj<enter>");
    picture("running", &fleet::mixed, "jjjjjjjjjj<enter>", (80, 24));
}

#[test]
fn a_clean_host() {
    picture("clean", &done, "G<enter>", (80, 24));
}

#[test]
fn help_and_explanation() {
    pictures("help", &fleet::mixed, "?");
    picture("help-filter", &fleet::mixed, "?/sort", (80, 24));
    picture("legend", &fleet::mixed, "??", (80, 24));
    pictures("explain", &fleet::mixed, "x");
}

#[test]
fn typing_a_filter() {
    picture("filter", &done, "/web sev>=high", (80, 24));
    picture("filter-wrong", &done, "/web sevv>=high", (80, 24));
    picture("filter-wrong", &done, "/web sevv>=high", (60, 15));
    picture("filter-nothing", &done, "/nowhere<enter>", (80, 24));
}

#[test]
fn the_palette() {
    pictures("palette", &done, ":web");
    picture("palette-all", &done, ":", (80, 24));
    picture("palette-none", &done, ":nothing-of-the-kind", (80, 24));
}

#[test]
fn choices_and_questions() {
    picture("sort", &done, "s", (80, 24));
    picture("sort", &done, "sG", (40, 10));
    picture("copy", &done, "<enter>y", (80, 24));
    picture("quit", &fleet::mixed, "q", (80, 24));
    picture("export", &done, "o", (80, 24));
    picture("themes", &done, "Tj", (80, 24));
    picture("themes", &done, "TG", (40, 10));
}

#[test]
fn without_colour_and_without_unicode() {
    for (name, keys) in [("fleet", ""), ("findings", "<enter>")] {
        Script::with(fleet::mixed(), setup(Glyphs::ASCII))
            .theme("dark", Depth::None)
            .size(80, 24)
            .keys(keys)
            .snapshot(&format!("plain-{name}-80x24"));
        Script::on(fleet::mixed())
            .theme("light", Depth::True)
            .size(120, 36)
            .keys(keys)
            .snapshot(&format!("light-{name}-120x36"));
        Script::on(fleet::mixed())
            .theme("dark", Depth::Sixteen)
            .size(120, 36)
            .keys(keys)
            .snapshot(&format!("sixteen-{name}-120x36"));
    }
}

#[test]
fn an_auditor_is_told_so() {
    let mut setup = setup(Glyphs::UNICODE);
    setup.read_only = true;
    Script::with(done(), setup)
        .size(80, 24)
        .snapshot("auditor-80x24");
}
