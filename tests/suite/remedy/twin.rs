//! The simulator's twin of the apply script beside the real one: the same operations on the same file.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll::remedy::script::SCRIPT;
use plimsoll::simulate::apply::Twin;
use plimsoll::simulate::files::{self, Changes};
use plimsoll::simulate::recording::ProbeRecording;

use super::script::bodies;

/// A folder of root's that nobody else may write to, and a file in it that is too open.
struct Place(std::path::PathBuf);

impl Place {
    /// None where we are not root.
    fn new() -> Option<Self> {
        let folder = Path::new("/run").join(format!("plimsoll-twin-{}", std::process::id()));
        fs::create_dir(&folder).ok()?;
        let place = Self(folder);
        fs::write(place.file(), "as it was").unwrap();
        chown(place.file(), Some(1000), Some(1000)).ok()?;
        fs::set_permissions(place.file(), fs::Permissions::from_mode(0o6777)).unwrap();
        Some(place)
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.join("a file")
    }

    /// What the probe would have recorded of it.
    fn recorded(&self) -> ProbeRecording {
        let path = self.file();
        let meta = fs::metadata(&path).unwrap();
        let stat = format!(
            "e{path}\0S//{:x}:{}:{}:9:0:1:ops:ops:{path}\n\0",
            meta.mode(),
            meta.uid(),
            meta.gid(),
            path = path.display()
        );
        ProbeRecording {
            round_one: Vec::new(),
            request: Vec::new(),
            round_two: vec![format!("\u{1e}files 100 {} \u{1f}0", STANDARD.encode(stat))],
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// What an answer says, without the words of errors and with the file's identity put aside.
fn told(answer: &str, identity: &str) -> (String, String) {
    let (body, status) = answer.rsplit_once(' ').unwrap();
    let bytes: Vec<u8> = (0..body.trim().len() / 2)
        .map(|at| u8::from_str_radix(&body[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    let said = String::from_utf8(bytes)
        .unwrap()
        .replace(identity, "IDENTITY");
    let kept = if status == "0" { said } else { String::new() };
    (status.to_owned(), kept)
}

#[test]
fn it_answers_as_the_real_script_does() {
    let Some(place) = Place::new() else {
        eprintln!("left out: files of root's are made by root only");
        return;
    };
    let recorded = place.recorded();
    let meta = fs::metadata(place.file()).unwrap();
    let real_identity = format!("{}:{}", meta.dev(), meta.ino());
    let word = format!("{}/a\\0040file", place.0.display());
    let operations = |identity: &str| -> Vec<String> {
        let access = |rest: &str| {
            format!(
                "access {} {word} {identity} {}",
                &rest[..7].trim(),
                &rest[7..]
            )
        };
        vec![
            format!("look {word}"),
            access("narrow 1000:1000 6777 0:0 644"),
            "note hello".to_owned(),
            "lock alice 60".to_owned(),
            "note hello".to_owned(),
            access("narrow 1000:1000 6777 2000:0 644"),
            access("widen  1000:1000 6777 0:0 644"),
            access("narrow 1000:1000 644 0:0 755"),
            access("narrow 1000:1000 600 0:0 600"),
            format!("access narrow {word} 7:7 1000:1000 6777 0:0 644"),
            access("narrow 1000:1000 6777 0:0 644"),
            format!("look {word}"),
            access("restore0:0 644 1000:1000 6777"),
            format!("look {word}"),
            format!("look {word}-that-is-not-there"),
            "reboot".to_owned(),
        ]
    };
    let real = operations(&real_identity);
    let real: Vec<&str> = real.iter().map(String::as_str).collect();
    let (_, real) = bodies(&["dash", "-s"], &real);

    let changes = Mutex::new(Changes::new());
    let mut twin = Twin::new(&recorded, &changes, 0);
    let (opening, _) = twin.feed(SCRIPT.as_bytes());
    assert_eq!(opening, b"\x1eplimsoll-apply 1 0\n");
    let mut simulated = Vec::new();
    for operation in operations("1:0") {
        let (answer, ended) = twin.feed(format!("{operation}\n").as_bytes());
        assert!(!ended);
        let answer = String::from_utf8(answer).unwrap();
        simulated.push(answer.trim_start_matches('\u{1e}').trim_end().to_owned());
    }
    let real: Vec<_> = real
        .iter()
        .map(|answer| told(answer, &real_identity))
        .collect();
    let simulated: Vec<_> = simulated.iter().map(|answer| told(answer, "1:0")).collect();
    assert_eq!(simulated, real);
    assert!(twin.feed(b"end\n").1);
}

#[test]
fn a_change_is_seen_by_the_next_probe_and_nothing_else_is() {
    let line = |bits: &str, owner: &str| {
        format!("//{bits}:{owner}:9:0:1:ops:ops:/etc/x\n//8180:0:0:9:0:1:root:root:/etc/xy\n")
    };
    let recording = |stats: String| ProbeRecording {
        round_one: vec!["one".to_owned()],
        request: Vec::new(),
        round_two: vec![
            "\u{1e}before 1 \u{1f}0".to_owned(),
            format!(
                "\u{1e}files 100 {}",
                STANDARD.encode(format!("e/etc/x\0S{stats}\0Amore"))
            ),
            " \u{1f}0".to_owned(),
            "\u{1e}end 2".to_owned(),
        ],
    };
    let before = recording(line("81b6", "1000:1000"));
    let access = plimsoll::domain::plan::Access {
        uid: 0,
        gid: 1000,
        mode: 0o644,
    };
    let changes = Changes::from([("/etc/x".to_owned(), access)]);
    let after = files::changed(&before, &changes);
    let wanted =
        recording(line("81a4", "0:1000").replacen("ops:ops:/etc/x\n", "root:ops:/etc/x\n", 1));
    let body = |recording: &ProbeRecording| {
        let all = recording.round_two.concat();
        let (_, rest) = all.split_once("files 100 ").unwrap();
        STANDARD
            .decode(rest.split_once(" \u{1f}").unwrap().0.trim())
            .unwrap()
    };
    assert_eq!(
        String::from_utf8(body(&after)),
        String::from_utf8(body(&wanted))
    );
    assert_eq!(files::changed(&before, &Changes::new()), before);
    assert_eq!(after.round_two.last(), before.round_two.last());
}
