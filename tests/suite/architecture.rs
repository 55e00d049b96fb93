//! Holds the structure: who may import whom, how long a file may be, and that every file is reachable.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which modules of the crate a module may use. `ARCHITECTURE.md` quotes this table.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("controls", &["domain"]),
    ("assess", &["domain", "controls"]),
    ("sshconfig", &["domain"]),
    ("inventory", &["domain", "sshconfig"]),
    ("import", &["domain", "sshconfig"]),
    ("redact", &["domain"]),
    ("probe", &["domain", "redact"]),
    ("transport", &["domain", "inventory"]),
    ("access", &["domain", "inventory", "transport"]),
    (
        "collect",
        &[
            "domain",
            "inventory",
            "transport",
            "access",
            "probe",
            "redact",
        ],
    ),
    (
        "sweep",
        &[
            "domain",
            "controls",
            "assess",
            "inventory",
            "transport",
            "access",
            "collect",
            "probe",
            "redact",
        ],
    ),
    (
        "remedy",
        &[
            "domain",
            "controls",
            "assess",
            "inventory",
            "transport",
            "access",
            "collect",
            "probe",
            "redact",
        ],
    ),
    (
        "doctor",
        &[
            "domain",
            "inventory",
            "transport",
            "access",
            "collect",
            "probe",
            "redact",
        ],
    ),
    ("report", &["domain", "controls"]),
    ("record", &["domain", "controls", "report"]),
    ("history", &["domain", "controls"]),
    ("bundle", &["domain"]),
    ("tui", &["domain", "controls"]),
    (
        "simulate",
        &["domain", "inventory", "transport", "probe", "remedy"],
    ),
    (
        "app",
        &[
            "domain",
            "controls",
            "assess",
            "sshconfig",
            "inventory",
            "import",
            "transport",
            "access",
            "collect",
            "sweep",
            "doctor",
            "remedy",
            "report",
            "record",
            "history",
            "bundle",
            "tui",
            "simulate",
            "probe",
            "redact",
        ],
    ),
    (
        "cli",
        &[
            "domain",
            "controls",
            "assess",
            "inventory",
            "remedy",
            "report",
            "record",
            "history",
            "bundle",
            "app",
            "probe",
        ],
    ),
];

/// Outside packages that only some modules may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("russh", &["transport"]),
    ("rustls", &["transport"]),
    ("rustls_native_certs", &["transport"]),
    ("tokio_rustls", &["transport"]),
    ("bollard", &["collect", "access"]),
    ("httparse", &["access", "simulate", "transport"]),
    ("nucleo_matcher", &["tui"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("clap", &["cli"]),
    ("flate2", &["record", "app"]),
    ("rusqlite", &["history"]),
    ("askama", &["report"]),
    ("quick_xml", &["report"]),
    ("directories", &["app"]),
    ("serde_norway", &["import"]),
    ("rustix", &["app"]),
    (
        "toml",
        &["inventory", "import", "assess", "tui", "simulate", "app"],
    ),
    (
        "tokio",
        &[
            "transport",
            "access",
            "collect",
            "sweep",
            "doctor",
            "remedy",
            "simulate",
            "app",
            "tui",
        ],
    ),
];

const LONGEST: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    open.retain(|folder| folder.exists());
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The code of a file without comments; strings stay, which is good enough to find names.
fn code(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The top module that a file below `src` belongs to; none for `lib.rs` and `main.rs`.
fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let mut parts = inside.components();
    let first = parts.next()?.as_os_str().to_str()?.to_owned();
    match first.as_str() {
        "lib.rs" | "main.rs" => None,
        name => Some(name.trim_end_matches(".rs").to_owned()),
    }
}

/// The identifiers that follow each `marker` in `text`.
fn names_after(text: &str, marker: &str) -> BTreeSet<String> {
    text.match_indices(marker)
        .flat_map(|(at, _)| {
            let rest = &text[at + marker.len()..];
            let group = rest.strip_prefix('{').map(|inner| {
                inner
                    .split('}')
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .map(|item| item.trim().to_owned())
                    .collect::<Vec<_>>()
            });
            group.unwrap_or_else(|| vec![rest.to_owned()])
        })
        .map(|name| {
            name.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect()
        })
        .filter(|name: &String| !name.is_empty())
        .collect()
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let table: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for file in rust_files("src") {
        let Some(module) = module_of(&file) else {
            continue;
        };
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.push(format!("{module} is not in the table"));
            continue;
        };
        for used in names_after(&code(&file), "crate::") {
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses crate::{used}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outside_packages_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for file in rust_files("src") {
        let Some(module) = module_of(&file) else {
            continue;
        };
        let text = code(&file);
        for (package, places) in ONLY_IN {
            let names = [
                format!("use {package}::"),
                format!(" {package}::"),
                format!("({package}::"),
                format!("<{package}::"),
            ];
            if names.iter().any(|name| text.contains(name)) && !places.contains(&module.as_str()) {
                wrong.push(format!("{} names {package}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_interface_reads_no_clock_and_no_file() {
    let mut wrong = Vec::new();
    for file in rust_files("src/tui") {
        if file.ends_with("tui/mod.rs") {
            continue;
        }
        let text = code(&file);
        for name in [
            "Instant::now",
            "SystemTime::now",
            "Timestamp::now",
            "std::fs",
            "tokio::",
        ] {
            if text.contains(name) {
                wrong.push(format!("{} uses {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = rust_files("src")
        .into_iter()
        .chain(rust_files("tests"))
        .filter_map(|file| {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            (lines > LONGEST).then(|| format!("{} has {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_file_is_reachable() {
    let mut reached = BTreeSet::new();
    for top in [
        "src/lib.rs",
        "src/main.rs",
        "tests/suite/main.rs",
        "tests/lab/main.rs",
    ] {
        let top = root().join(top);
        if top.exists() {
            reach(&top, top.parent().unwrap().to_path_buf(), &mut reached);
        }
    }
    let lost: Vec<_> = rust_files("src")
        .into_iter()
        .chain(rust_files("tests"))
        .filter(|file| !reached.contains(file))
        .map(|file| file.display().to_string())
        .collect();
    assert!(
        lost.is_empty(),
        "no mod line leads to:\n{}",
        lost.join("\n")
    );
}

fn reach(file: &Path, folder: PathBuf, reached: &mut BTreeSet<PathBuf>) {
    reached.insert(file.to_path_buf());
    for line in code(file).lines() {
        let words = line
            .trim()
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub ");
        let Some(name) = words
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'))
        else {
            continue;
        };
        let plain = folder.join(format!("{name}.rs"));
        let nested = folder.join(name).join("mod.rs");
        let next = if plain.exists() { plain } else { nested };
        if next.exists() {
            reach(&next, folder.join(name), reached);
        }
    }
}

#[test]
fn the_architecture_page_quotes_the_table() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (module, allowed) in MAY_USE {
        let list = if allowed.is_empty() {
            "nothing".to_owned()
        } else {
            allowed.join(", ")
        };
        let line = format!("| `{module}` | {list} |");
        assert!(
            page.contains(&line),
            "ARCHITECTURE.md lacks the line\n{line}"
        );
    }
}
