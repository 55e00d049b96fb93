//! Random keys at random sizes: nothing panics, and nothing is asked for that may not be.

use std::collections::BTreeSet;

use plimsoll::tui::effect::Effect;
use plimsoll::tui::key::Key;
use plimsoll::tui::model::{Model, Overlay, Screen};
use plimsoll::tui::mouse::Mouse;
use plimsoll::tui::msg::Msg;
use plimsoll::tui::screen::across::About;
use plimsoll::tui::view;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::fleet;
use super::script::Script;

/// A small generator with a fixed seed: the same keys on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

const KEYS: [Key; 15] = [
    Key::Enter,
    Key::Esc,
    Key::Tab,
    Key::BackTab,
    Key::Up,
    Key::Down,
    Key::Left,
    Key::Right,
    Key::Home,
    Key::End,
    Key::PageUp,
    Key::PageDown,
    Key::Backspace,
    Key::Delete,
    Key::Ctrl('u'),
];

const LETTERS: &str = "jkgGhl/?sS!xyTzrRPAIWomvfuan *1234567q<>nwc:=|[]中é\"";

const SIZES: [(u16, u16); 10] = [
    (1, 1),
    (20, 5),
    (39, 9),
    (40, 10),
    (60, 15),
    (80, 24),
    (81, 31),
    (120, 30),
    (160, 40),
    (200, 60),
];

/// How many keys are pressed: all of them where `PLIMSOLL_ALL_KEYS` is set (`CONTRIBUTING.md`), a tenth otherwise.
fn steps() -> usize {
    match std::env::var_os("PLIMSOLL_ALL_KEYS") {
        Some(_) => 200_000,
        None => 20_000,
    }
}

fn mouse(dice: &mut Dice, (width, height): (u16, u16)) -> Mouse {
    let mut within = |most: u16| u16::try_from(dice.roll(usize::from(most) + 2)).unwrap();
    let (x, y) = (within(width), within(height));
    match dice.roll(3) {
        0 => Mouse::Wheel(true, x, y),
        1 => Mouse::Wheel(false, x, y),
        _ => Mouse::Press(x, y),
    }
}

/// The screen, the tab of a host, and what lies over it, in a word.
fn seen(model: &Model) -> String {
    let screen = match &model.screen {
        Screen::Fleet => "fleet".to_owned(),
        Screen::Causes(_) => "causes".to_owned(),
        Screen::Across(screen) => match screen.about {
            About::Control(_) => "control".to_owned(),
            About::Images => "images".to_owned(),
            About::Waivers => "waivers".to_owned(),
        },
        Screen::Host(screen) => format!("host {}", screen.tab.word()),
    };
    let over = match &model.overlay {
        None => return screen,
        Some(Overlay::Help(_)) => "help",
        Some(Overlay::Explain(_)) => "explain",
        Some(Overlay::Sort(_)) => "sort",
        Some(Overlay::Copy) => "copy",
        Some(Overlay::Export) => "export",
        Some(Overlay::Themes(..)) => "themes",
        Some(Overlay::Quit) => "quit",
        Some(Overlay::Keys(_)) => "keys",
        Some(Overlay::Secret(_)) => "secret",
        Some(Overlay::Palette(_)) => "palette",
        Some(Overlay::Repair) => "repair",
    };
    over.to_owned()
}

/// Everything that can be seen, but for the tab of a swarm: one host in a dozen has it, and random keys may miss that one
/// (`tabs` holds that it is reached).
const EVERYTHING: [&str; 22] = [
    "fleet",
    "causes",
    "control",
    "images",
    "waivers",
    "host Findings",
    "host Containers",
    "host Images",
    "host Daemon",
    "host Permissions",
    "host Host",
    "help",
    "explain",
    "sort",
    "copy",
    "export",
    "themes",
    "quit",
    "keys",
    "secret",
    "palette",
    "repair",
];

/// Whatever is open, Escape leads to the list of hosts in a bounded number of presses.
fn leads_home(script: Script) -> Script {
    let mut script = script;
    for _ in 0..120 {
        if matches!(script.model.screen, Screen::Fleet)
            && script.model.overlay.is_none()
            && script.model.input.is_none()
        {
            return script;
        }
        script = script.send(Msg::Key(Key::Esc));
    }
    panic!("Escape does not lead home from {}", seen(&script.model));
}

#[test]
fn random_keys_break_nothing_reach_everything_and_escape_leads_home() {
    let mut reached = BTreeSet::new();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let letters: Vec<char> = LETTERS.chars().collect();
    let events = fleet::mixed();
    let mut script = Script::on(fleet::many(200));
    let mut asked = 0;
    for step in 0..steps() {
        let msg = match dice.roll(40) {
            0 => {
                let (width, height) = SIZES[dice.roll(SIZES.len())];
                Msg::Resize(width, height)
            }
            1 => Msg::Tick(script.model.now + 700),
            2 => Msg::Fleet(events[dice.roll(events.len())].clone()),
            3 => Msg::Paste("web sev>=high\nq".into()),
            4 if dice.roll(20) == 0 => Msg::Fleet(fleet::many(200)[0].clone()),
            5 => Msg::Fleet(fleet::ended()),
            6 if dice.roll(4) == 0 => {
                asked += 1;
                Msg::Asked(asked, super::question::any(asked))
            }
            7 if dice.roll(4) == 0 => Msg::Withdrawn(asked),
            8 if dice.roll(3) == 0 => Msg::Mouse(mouse(&mut dice, script.model.size)),
            9 if dice.roll(2) == 0 => {
                let host = script.model.repair.as_ref().map_or(0, |repair| repair.host);
                Msg::Repair(host, super::repair::any(dice.roll(6)))
            }
            4..=12 => Msg::Key(KEYS[dice.roll(KEYS.len())]),
            _ => Msg::Key(Key::Char(letters[dice.roll(letters.len())])),
        };
        script = script.send(msg);
        if step % 8 == 0 {
            let buffer = script.buffer();
            assert_eq!((buffer.area.width, buffer.area.height), script.model.size);
        }
        reached.insert(seen(&script.model));
        if step % 500 == 499 {
            script = leads_home(script);
        }
        let hosts = script.model.fleet.hosts.len();
        for effect in script.effects.drain(..) {
            match effect {
                Effect::Quit(code) => assert!(code == 0 || code == 130),
                Effect::Reread(chosen) => {
                    assert!(!chosen.is_empty() && chosen.iter().all(|index| *index < hosts));
                }
                Effect::OpenHost(index) => assert!(index < hosts),
                Effect::Copy(text) => assert!(!text.chars().any(char::is_control)),
                Effect::Answer(answers) => assert!(!answers.is_empty()),
                Effect::Export { name, text } => {
                    assert!(!name.contains('/') && !text.is_empty());
                    let plain = |c: char| !c.is_control() || c == '\n' || c == '\r';
                    assert!(text.chars().all(plain));
                }
                Effect::Plan(index, _) | Effect::PlanUndo(index) | Effect::Repair(index, _) => {
                    assert!(index < hosts);
                }
                Effect::CancelSweep
                | Effect::StopRepair
                | Effect::Suspend
                | Effect::Redraw
                | Effect::Remember(_)
                | Effect::Mouse(_) => {}
            }
        }
    }
    for name in EVERYTHING {
        assert!(
            reached.contains(name),
            "{name} was never reached: {reached:?}"
        );
    }
}

#[test]
fn every_size_draws_every_screen() {
    for keys in [
        "",
        "<enter>",
        "<enter><enter>",
        "<enter>2",
        "<enter>3",
        "<enter>5",
        "<enter>6<enter>",
        "jjj<enter>7<enter>",
        "?",
        "x",
        "s",
        "/a:b",
        "P",
        "P<enter>",
        "I",
        "W",
        "y",
    ] {
        let mut script = Script::on(fleet::mixed()).keys(keys);
        for width in (1..=45).chain([59, 60, 79, 80, 119, 120, 121, 159, 160, 199]) {
            for height in [1, 2, 4, 5, 9, 10, 11, 14, 15, 23, 24, 25, 29, 30, 39, 40] {
                script = script.size(width, height);
                let buffer = script.buffer();
                assert_eq!(buffer.area.width, width);
            }
        }
    }
}

#[test]
fn a_frame_smaller_than_expected_is_drawn_as_far_as_it_goes() {
    // The terminal may shrink between the message and the frame.
    let script = Script::on(fleet::mixed()).size(120, 36);
    for (width, height) in SIZES {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view::paint(&script.model, &script.theme, &mut buffer);
    }
}
