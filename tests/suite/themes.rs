//! Themes: complete, readable, and with severities that stay apart for people who see fewer colours.

use plimsoll::tui::color::{self, Depth};
use plimsoll::tui::theme::{Role, Theme, ThemeError};
use ratatui::style::{Color, Modifier, Style};

type Rgb = [f64; 3];

/// Colour of text and of what is behind it, reversed where the style says so.
fn colours(style: Style) -> Option<(Rgb, Rgb)> {
    let rgb = |color: Option<Color>| {
        let (red, green, blue) = color::rgb(color?)?;
        Some([red, green, blue].map(f64::from))
    };
    let (text, back) = (rgb(style.fg)?, rgb(style.bg)?);
    if style.add_modifier.contains(Modifier::REVERSED) {
        Some((back, text))
    } else {
        Some((text, back))
    }
}

fn linear(color: Rgb) -> Rgb {
    color.map(|value| {
        let value = value / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    })
}

/// Relative luminance of WCAG 2.
fn luminance(color: Rgb) -> f64 {
    let [red, green, blue] = linear(color);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn fixed_colours_can_be_read_on_their_ground_and_under_the_cursor() {
    let mut wrong = Vec::new();
    for theme in Theme::built_in()
        .unwrap()
        .iter()
        .filter(|theme| theme.is_fixed())
    {
        let selected = theme.own(Role::Selected);
        for (role, name) in Role::ALL {
            // Lines and bars are drawn things, not text: the lower bound of WCAG holds for them.
            let least = if matches!(role, Role::Line | Role::Gauge) {
                3.0
            } else {
                4.5
            };
            // Drawn things never stand in a row that can be selected.
            let drawn = matches!(role, Role::Line | Role::Gauge);
            for (place, style) in [
                ("on its ground", theme.style(role)),
                ("under the cursor", theme.style(role).patch(selected)),
                ("in the bar", theme.style(role).patch(theme.own(Role::Bar))),
            ] {
                if drawn && place == "under the cursor" {
                    continue;
                }
                let (text, back) = colours(style).unwrap();
                let found = contrast(text, back);
                if found < least {
                    wrong.push(format!("{} {name} {place}: {found:.2}", theme.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How a colour looks to a person who lacks one kind of cone (Machado and others 2009, full severity).
const DEFICIENCIES: [(&str, [Rgb; 3]); 3] = [
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

fn seen(color: Rgb, matrix: [Rgb; 3]) -> Rgb {
    let [red, green, blue] = linear(color);
    matrix.map(|[a, b, c]| (a * red + b * green + c * blue).clamp(0.0, 1.0))
}

/// A linear colour in CIE Lab.
fn lab([red, green, blue]: Rgb) -> Rgb {
    let f = |value: f64| {
        if value > 0.008_856 {
            value.cbrt()
        } else {
            7.787 * value + 16.0 / 116.0
        }
    };
    let x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.950_47);
    let y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    let z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn severities_stay_apart_for_people_who_see_fewer_colours() {
    let roles = [Role::High, Role::Medium, Role::Low, Role::Unknown];
    let mut wrong = Vec::new();
    for theme in Theme::built_in()
        .unwrap()
        .iter()
        .filter(|theme| theme.is_fixed())
    {
        for (name, matrix) in DEFICIENCIES {
            for (index, one) in roles.iter().enumerate() {
                for other in &roles[index + 1..] {
                    let place =
                        |role: Role| lab(seen(colours(theme.style(role)).unwrap().0, matrix));
                    let (a, b) = (place(*one), place(*other));
                    let distance = a
                        .iter()
                        .zip(b)
                        .map(|(a, b)| (a - b).powi(2))
                        .sum::<f64>()
                        .sqrt();
                    let marked = theme.own(*one).add_modifier != theme.own(*other).add_modifier;
                    if distance < 12.0 && !marked {
                        wrong.push(format!(
                            "{} {name} {one:?} {other:?}: {distance:.1}",
                            theme.name
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_depth_shows_colours_it_lacks() {
    let all = Theme::built_in().unwrap();
    for theme in &all {
        for (role, _) in Role::ALL {
            let none = theme.at(Depth::None, &all).style(role);
            assert_eq!((none.fg, none.bg), (None, None));
            for (depth, fits) in [
                (
                    Depth::Sixteen,
                    (|color| !matches!(color, Color::Rgb(..) | Color::Indexed(_)))
                        as fn(Color) -> bool,
                ),
                (Depth::Many, |color| !matches!(color, Color::Rgb(..))),
            ] {
                let style = theme.at(depth, &all).style(role);
                assert!(
                    [style.fg, style.bg].into_iter().flatten().all(fits),
                    "{}",
                    theme.name
                );
            }
        }
    }
}

#[test]
fn without_colour_severities_differ_by_attributes() {
    let all = Theme::built_in().unwrap();
    let mono = all.first().unwrap().at(Depth::None, &all);
    let attributes = |role| mono.own(role).add_modifier;
    let mut seen = Vec::new();
    for role in [
        Role::Critical,
        Role::High,
        Role::Medium,
        Role::Low,
        Role::Pass,
        Role::Unknown,
    ] {
        assert!(
            !seen.contains(&attributes(role)),
            "{role:?} looks like another"
        );
        seen.push(attributes(role));
    }
}

#[test]
fn a_theme_file_that_is_wrong_is_refused_by_name() {
    let text = include_str!("../../themes/mono.toml");
    let refused = |text: &str| Theme::parse("mine.toml", text).unwrap_err();
    assert!(matches!(refused("name = 1"), ThemeError::Form { .. }));
    let unknown = refused(&text.replace("bar = {", "baar = {"));
    assert_eq!(
        unknown.to_string(),
        "theme mine.toml: role \"baar\" is not known"
    );
    let missing = refused(&text.replace("bar = { style = [\"bold\"] }", ""));
    assert_eq!(missing.to_string(), "theme mine.toml lacks the roles bar");
    let colour = refused(&text.replace("gauge = {}", "gauge = { fg = \"#12345\" }"));
    assert_eq!(
        colour.to_string(),
        "theme mine.toml: colour \"#12345\" is not known"
    );
    let style = refused(&text.replace("\"dim\"", "\"blink\""));
    assert!(style.to_string().contains("style \"blink\""));
}

#[test]
fn colour_is_chosen_from_flag_environment_and_terminal() {
    let term = "xterm-256color";
    assert_eq!(Depth::choose(None, false, false, term), Depth::Many);
    assert_eq!(Depth::choose(None, false, true, term), Depth::True);
    assert_eq!(Depth::choose(None, false, false, "linux"), Depth::Sixteen);
    assert_eq!(Depth::choose(None, true, true, term), Depth::None);
    assert_eq!(Depth::choose(Some(true), true, true, term), Depth::True);
    assert_eq!(Depth::choose(Some(false), false, true, term), Depth::None);
    assert_eq!(Depth::choose(None, false, false, "dumb"), Depth::None);
}

#[test]
fn every_file_of_the_folder_comes_with_the_program() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/themes");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        })
        .collect();
    files.sort();
    let mut names: Vec<String> = Theme::built_in()
        .unwrap()
        .into_iter()
        .map(|theme| theme.name)
        .collect();
    assert_eq!(names.first().map(String::as_str), Some("default"));
    assert_eq!(names.last().map(String::as_str), Some("mono"));
    names.sort();
    assert_eq!(names, files);
}

#[test]
fn a_persons_own_theme_stands_beside_ours_or_in_the_place_of_one() {
    let text = include_str!("../../themes/nord.toml");
    let own = |name: &str| {
        let text = text.replace("name = \"nord\"", &format!("name = \"{name}\""));
        let text = text.replace("#88c0d0", "#8cc4d4");
        Theme::parse("mine.toml", &text).unwrap()
    };
    let count = Theme::built_in().unwrap().len();
    let all = Theme::with_own(vec![own("nord"), own("mine")]).unwrap();
    assert_eq!(all.len(), count + 1);
    let place = |name: &str| all.iter().position(|theme| theme.name == name).unwrap();
    assert_eq!(all[place("nord")], own("nord"));
    assert_eq!(place("mine"), count - 1);
    assert_eq!(place("mono"), count, "the colourless one stays the last");
}

#[test]
fn a_mistake_in_a_theme_file_is_told_with_its_line() {
    let text = include_str!("../../themes/mono.toml").replace("[roles]", "[roles");
    let error = Theme::parse("mine.toml", &text).unwrap_err().to_string();
    let line = text.lines().position(|line| line == "[roles").unwrap() + 1;
    assert!(
        error.starts_with(&format!("theme mine.toml cannot be read: line {line}: ")),
        "{error}"
    );
}
