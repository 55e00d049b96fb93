//! What really goes to the terminal, and pictures of it.

use plimsoll::tui::color::Depth;
use plimsoll::tui::glyph::Glyphs;
use plimsoll::tui::guard;
use plimsoll::tui::session;
use plimsoll::tui::svg::{Ground, export};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::fleet;
use super::script::{Script, setup};

/// A terminal of 80 columns and 24 rows.
fn terminal() -> vt100::Parser {
    vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0)
}

/// The bytes of one frame.
fn bytes(script: &Script) -> Vec<u8> {
    crossterm::style::force_color_output(true);
    let (width, height) = script.model.size;
    let mut sent = Vec::new();
    {
        let options = TerminalOptions {
            viewport: Viewport::Fixed(Rect::new(0, 0, width, height)),
        };
        let backend = CrosstermBackend::new(&mut sent);
        let mut terminal = Terminal::with_options(backend, options).unwrap();
        session::paint(&mut terminal, &script.model, &script.theme).unwrap();
    }
    sent
}

/// The parameters of every attribute sequence.
fn attributes(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.split("\u{1b}[")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            rest[end..].starts_with('m').then(|| rest[..end].to_owned())
        })
        .collect()
}

#[test]
fn without_colour_no_colour_is_sent_and_attributes_stay() {
    for keys in ["", "<enter>"] {
        let script = Script::on(fleet::mixed())
            .theme("dark", Depth::None)
            .keys(keys);
        let sent = bytes(&script);
        let all = attributes(&sent);
        for attribute in &all {
            let plain = attribute.split(';').all(|one| {
                matches!(
                    one,
                    "0" | "1"
                        | "2"
                        | "3"
                        | "4"
                        | "7"
                        | "22"
                        | "23"
                        | "24"
                        | "27"
                        | "39"
                        | "49"
                        | "59"
                )
            });
            assert!(plain, "ESC[{attribute}m is a colour");
        }
        assert!(all.iter().any(|one| one == "1") && all.iter().any(|one| one == "7"));
    }
}

#[test]
fn colours_are_sent_where_they_are_wanted() {
    let script = Script::on(fleet::mixed()).theme("dark", Depth::True);
    let sent = bytes(&script);
    assert!(attributes(&sent).iter().any(|one| one.contains("38;2;")));
    let script = script.theme("dark", Depth::Many);
    let sent = bytes(&script);
    let all = attributes(&sent);
    assert!(
        all.iter().any(|one| one.contains("38;5;")) && !all.iter().any(|one| one.contains("38;2;"))
    );
}

#[test]
fn a_frame_is_one_update_of_the_screen() {
    let sent = bytes(&Script::on(fleet::mixed()));
    let text = String::from_utf8(sent).unwrap();
    assert!(text.starts_with("\u{1b}[?2026h"));
    assert_eq!(
        text.matches("\u{1b}[?2026h").count(),
        text.matches("\u{1b}[?2026l").count()
    );
}

#[test]
fn the_terminal_is_given_back_as_it_was() {
    let mut taken = Vec::new();
    guard::enter(&mut taken).unwrap();
    let mut given = Vec::new();
    guard::leave(&mut given);
    let mut screen = terminal();
    screen.process(&taken);
    assert!(screen.screen().alternate_screen() && screen.screen().hide_cursor());
    assert!(screen.screen().bracketed_paste());
    screen.process(b"\x1b[?1003h\x1b[?2026h\x1b[1;31m");
    screen.process(&given);
    let screen = screen.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(!screen.bold() && screen.fgcolor() == vt100::Color::Default);
    assert!(String::from_utf8(given).unwrap().contains("\u{1b}[?2026l"));
}

#[test]
fn a_terminal_shows_what_the_frame_says() {
    for keys in ["", "jj<enter>", "?"] {
        let script = Script::on(fleet::mixed()).size(80, 24).keys(keys);
        let mut screen = terminal();
        screen.process(&bytes(&script));
        let seen: Vec<String> = screen
            .screen()
            .rows(0, 80)
            .map(|row| row.trim_end().to_owned())
            .collect();
        let frame: Vec<String> = script.text().lines().map(str::to_owned).collect();
        assert_eq!(seen, frame);
    }
}

#[test]
fn ascii_means_ascii() {
    for keys in ["", "<enter>", "<enter>2", "?", "??", "x", "s", "y"] {
        let mut events = fleet::many(40);
        events.push(fleet::ended());
        let script = Script::with(events, setup(Glyphs::ASCII))
            .size(200, 60)
            .keys(keys);
        assert!(script.text().is_ascii(), "{keys}: {}", script.text());
    }
}

#[test]
fn a_terminal_without_unicode_gets_none() {
    let glyphs = Glyphs::choose(false, false, "vt220", "C");
    for keys in ["", "jj<enter>", "jj<enter>2"] {
        let script = Script::with(fleet::mixed(), setup(glyphs))
            .size(120, 36)
            .keys(keys);
        let text = script.text();
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains("??????-????-01"), "{text}");
    }
}

#[test]
fn signs_follow_locale_and_terminal() {
    assert_eq!(
        Glyphs::choose(false, true, "xterm-256color", "en_US.UTF-8"),
        Glyphs::UNICODE
    );
    assert_eq!(
        Glyphs::choose(true, true, "xterm", "en_US.UTF-8"),
        Glyphs::ASCII
    );
    let poor = Glyphs::choose(false, false, "xterm", "C");
    assert!(!poor.signs && !poor.lines && !poor.letters);
    assert_eq!(
        Glyphs::choose(false, true, "dumb", "en_US.UTF-8"),
        Glyphs::ASCII
    );
    let wide = Glyphs::choose(false, true, "xterm", "zh_CN.UTF-8");
    assert!(
        wide.signs && !wide.lines,
        "lines may be two cells wide there"
    );
}

#[test]
fn a_picture_is_the_same_every_time_and_well_formed() {
    let script = Script::on(fleet::mixed()).size(80, 24).keys("jj<enter>");
    let picture = export(&script.buffer(), Ground::DARK, "<host> & \u{1b}");
    assert_eq!(
        picture,
        export(&script.buffer(), Ground::DARK, "<host> & \u{1b}")
    );
    assert!(picture.contains("&lt;host&gt; &amp;"));
    assert!(!picture.chars().any(|c| c.is_control() && c != '\n'));
    assert_eq!(
        picture.matches("<text ").count(),
        picture.matches("</text>").count()
    );
    // A wide character stands alone, two cells wide.
    assert!(picture.contains("textLength=\"18\"") && picture.contains(">数</text>"));
    insta::with_settings!({snapshot_path => "../../snapshots/screens", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("picture-svg", picture);
    });
}
