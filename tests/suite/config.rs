//! The configuration file: what it may say, and how its mistakes are told.

use std::fs;

use plimsoll::app::config::{Choices, parse};
use plimsoll::tui::action::Action;
use plimsoll::tui::key::Key;
use plimsoll::tui::keymap::Context;

const THEMES: [&str; 3] = ["default", "nord", "solarized-light"];

fn read(text: &str) -> Choices {
    parse(text, "config.toml", &THEMES).unwrap()
}

fn mistakes(text: &str) -> Vec<String> {
    let problems = parse(text, "config.toml", &THEMES)
        .err()
        .unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_file_changes_nothing() {
    let choices = read("");
    assert_eq!(choices.theme, None);
    assert_eq!(
        choices.keymap.action(Context::Fleet, Key::Char('r')),
        Some(Action::Reread)
    );
}

#[test]
fn an_action_gets_its_keys_wherever_it_can_be_done() {
    let choices = read("theme = \"nord\"\n[keys]\nreread = [\"e\", \"ctrl-r\"]\nwaivers = []\n");
    assert_eq!(choices.theme.as_deref(), Some("nord"));
    for context in [Context::Fleet, Context::Host] {
        for key in [Key::Char('e'), Key::Ctrl('r')] {
            assert_eq!(choices.keymap.action(context, key), Some(Action::Reread));
        }
        assert_eq!(choices.keymap.action(context, Key::Char('r')), None);
        assert_eq!(choices.keymap.action(context, Key::Char('W')), None);
    }
}

#[test]
fn two_actions_can_swap_their_keys() {
    let choices = read("[keys]\nreread = \"R\"\nreread-all = \"r\"\n");
    let action = |key| choices.keymap.action(Context::Fleet, Key::Char(key));
    assert_eq!(action('R'), Some(Action::Reread));
    assert_eq!(action('r'), Some(Action::RereadAll));
}

#[test]
fn escape_goes_back_whatever_was_changed() {
    let choices = read("[keys]\nback = \"b\"\nclose = []\n");
    for context in Context::ALL {
        let found = choices.keymap.action(context, Key::Esc);
        assert!(
            matches!(found, Some(Action::Back | Action::Decline | Action::Leave)),
            "{context:?}: {found:?}"
        );
    }
}

#[test]
fn mistakes_are_told_with_their_place_and_the_nearest_word() {
    let said = mistakes(
        "thme = \"nord\"\ntheme = \"nrod\"\n[keys]\nrereed = \"e\"\nfilter = \"ctrl-i\"\nsort = \"foo\"\nhelp = \"esc\"\n",
    );
    assert_eq!(said.len(), 6, "{said:#?}");
    for (line, start) in said.iter().zip([
        "config.toml:1:1: unknown key `thme` in the configuration (did you mean `theme`?)",
        "config.toml:2:9: there is no theme called `nrod` (did you mean `nord`?)",
        "config.toml:4:1: there is no action called `rereed` (did you mean `reread`?)",
        "config.toml:5:10: `ctrl-i`: terminals send tab for it",
        "config.toml:6:8: `foo`: there is no such key",
        "config.toml:7:8: `esc`: esc always goes back",
    ]) {
        assert!(line.starts_with(start), "{line}\n{start}");
    }
}

#[test]
fn a_key_that_would_mean_two_things_is_refused() {
    let said = mistakes("[keys]\nwaivers = \"r\"\nsort = \"foo\"\n");
    assert_eq!(said.len(), 2, "with all other mistakes: {said:#?}");
    assert!(
        said[0].starts_with("config.toml:2:1: `r` would mean `waivers` and `reread` (Fleet)"),
        "{said:?}"
    );
}

#[test]
fn the_page_names_every_key_and_every_action() {
    let page = fs::read_to_string("docs/configuration.md").unwrap();
    for action in Action::ALL {
        let row = format!("| `{}` |", action.name());
        let told = |line: &str| line.starts_with(&row) && line.contains(action.about());
        assert!(page.lines().any(told), "{} is not described", action.name());
    }
    for key in plimsoll::inventory::config::ROOT {
        assert!(page.contains(&format!("| `{key}` |")), "{key}");
    }
}
