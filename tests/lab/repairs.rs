//! Repairs of a real host by the real program: what was broken is put right, the control says so, and undoing it brings back
//! what was there; with tools that fail, connections that are cut, a program that is killed, and somebody who swaps files.
//!
//! One host, one test after the other: each begins and ends with the same broken state.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;
use tempfile::TempDir;

use crate::guard::trespasses;
use crate::harness::{Lab, lab};
use crate::program::{Swept, plimsoll, sweep};

/// The host that only these tests touch.
pub(crate) const HOST: &str = "pair-repair";

const CONTROLS: &str = "perm-etc-docker-mode,perm-daemon-json-owner,perm-daemon-json-mode";

/// Everything about the files that a repair could lose.
const STATE: &str = "stat -c '%n %d:%i %f %u:%g %s %Y' /etc/docker /etc/docker/daemon.json; \
                     cat /etc/docker/daemon.json; ls -A /etc/docker";

/// Ends the SSH connection that a command came through.
const CUT: &str = "p=$$; while [ \"$p\" -gt 1 ]; do case $(cat /proc/$p/comm) in sshd*) kill -9 $p; break;; esac; \
                   p=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$p/status); done";

/// Tells the test that a place was reached, and waits until it says go on.
const GATE: &str = "echo here >/run/gate-in; read -r go </run/gate-out";

pub(crate) struct Bench {
    pub(crate) lab: &'static Lab,
    state: TempDir,
    pub(crate) inventory: PathBuf,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a test on the broken host, and holds others back meanwhile; nothing where there is no such host.
pub(crate) fn on_broken_host(test: impl FnOnce(&Bench)) {
    static ONE: Mutex<()> = Mutex::new(());
    let Some(lab) = lab() else { return };
    if !lab.is_up(HOST) {
        eprintln!("left out: {HOST} was not started");
        return;
    }
    let _one = ONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let state = tempfile::tempdir().unwrap();
    let inventory = state.path().join("inventory.toml");
    let bench = Bench {
        lab,
        state,
        inventory,
    };
    bench.write_inventory("");
    bench.inside(
        "rm -f /usr/local/sbin/chown /usr/local/sbin/chmod /run/plimsoll.lock /run/cut /run/gate-in /run/gate-out; \
         [ -f /etc/docker/daemon.json ] || echo '{ }' >/etc/docker/daemon.json; \
         chown 1000:1000 /etc/docker/daemon.json; chmod 0666 /etc/docker/daemon.json; chmod 2777 /etc/docker",
    );
    test(&bench);
    assert_eq!(trespasses(lab), Vec::<String>::new());
}

impl Bench {
    /// An inventory of the one host with more keys of its own.
    pub(crate) fn write_inventory(&self, more: &str) {
        let text = format!(
            "version = 1\n[[hosts]]\nname = \"{HOST}\"\nendpoint = \"ssh://root@{}\"\nidentity_file = \"{}\"\n\
             known_hosts = \"{}\"\n{more}",
            self.lab.host(HOST).address,
            self.lab.ssh_file("id_ed25519").display(),
            self.lab.ssh_file("known_hosts").display()
        );
        fs::write(&self.inventory, text).unwrap();
    }

    pub(crate) fn inside(&self, script: &str) -> String {
        let said = self.lab.in_host(HOST, script);
        assert!(said.ok, "{script}: {}{}", said.out, said.err);
        said.out
    }

    /// The folder of the program's state.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    pub(crate) fn files(&self) -> String {
        self.inside(STATE)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = plimsoll(self.state.path());
        command
            .env("USER", "alice")
            .args(args)
            .arg("--inventory")
            .arg(&self.inventory)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn apply(&self) -> Ran {
        self.run(&["apply", "--yes", "--control", CONTROLS, "--ticket", "CHG-7"])
    }

    pub(crate) fn sweep(&self) -> Swept {
        sweep(&self.inventory, "*", &["--profile", "all"])
    }

    /// Puts a script into the place of a tool of the host.
    fn wrap(&self, tool: &str, script: &str) {
        self.inside(&format!(
            "cat >/usr/local/sbin/{tool} <<'END'\n#!/bin/sh\n{script}\nEND\nchmod 755 /usr/local/sbin/{tool}"
        ));
    }

    fn journal(&self) -> Vec<Value> {
        let ran = self.run(&["journal", "--json"]);
        assert!(!ran.err.contains("line"), "{}", ran.err);
        ran.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// How the journal says that the work on the host ended last.
    fn ended(&self) -> Option<String> {
        let entries = self.journal();
        let last = entries
            .iter()
            .rfind(|entry| entry["event"] == "host-ended")?;
        Some(last["how"].as_str().unwrap().to_owned())
    }
}

/// Rows that were as wanted and no longer are.
pub(crate) fn worse(before: &Swept, after: &Swept) -> Vec<String> {
    let after = after.rows(HOST);
    before
        .rows(HOST)
        .into_iter()
        .filter(|(_, _, outcome, _)| outcome == "pass" || outcome == "not_applicable")
        .filter_map(|(control, subject, was, _)| {
            let now = after
                .iter()
                .find(|row| row.0 == control && row.1 == subject)?;
            matches!(now.2.as_str(), "fail" | "not_checked")
                .then(|| format!("{control} on {subject}: {was} -> {} {}", now.2, now.3))
        })
        .collect()
}

#[test]
fn what_is_broken_is_put_right_and_back_again() {
    on_broken_host(|bench| {
        let broken = bench.files();
        let before = bench.sweep();
        let planned = bench.run(&["plan", "--json", "--control", CONTROLS]);
        assert_eq!(planned.code, Some(0), "{}", planned.err);
        assert_eq!(bench.files(), broken, "a plan changes nothing");
        let file = bench.state.path().join("plan.json");
        fs::write(&file, &planned.out).unwrap();
        let file = file.to_str().unwrap();

        let applied = bench.run(&["apply", file, "--yes"]);
        assert_eq!(applied.code, Some(0), "{}", applied.err);
        let repaired = bench.inside("stat -c '%u:%g %a' /etc/docker /etc/docker/daemon.json");
        assert_eq!(repaired, "0:0 755\n0:0 644\n");
        let after = bench.sweep();
        for row in after.rows(HOST) {
            let planned_for = CONTROLS.split(',').any(|control| control == row.0);
            assert!(!planned_for || row.2 == "pass", "{row:?}");
        }
        assert_eq!(worse(&before, &after), Vec::<String>::new());

        // What was shown is what was run.
        let plan: Value = serde_json::from_str(&planned.out).unwrap();
        let shown: Vec<&Value> = plan["plans"][0]["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| &step["text"]["commands"])
            .collect();
        let entries = bench.journal();
        let done: Vec<&Value> = entries
            .iter()
            .filter(|entry| entry["event"] == "done")
            .map(|entry| &entry["commands"])
            .collect();
        assert_eq!(shown, done);
        assert_eq!(shown.len(), 2);

        let again = bench.run(&["apply", file, "--yes"]);
        assert_eq!(again.code, Some(5), "{}", again.err);
        assert!(again.err.contains("no longer as it was"), "{}", again.err);

        let undone = bench.run(&["undo", "--yes"]);
        assert_eq!(undone.code, Some(0), "{}", undone.err);
        assert_eq!(bench.files(), broken);
        let nothing = bench.run(&["undo", "--yes"]);
        assert!(
            nothing.err.contains("nothing to take back"),
            "{}",
            nothing.err
        );
        let listed = bench.run(&["journal"]);
        assert!(listed.out.contains("alice on "), "{}", listed.out);
    });
}

#[test]
fn whoever_may_only_read_changes_nothing() {
    on_broken_host(|bench| {
        let broken = bench.files();
        for (inventory, flag, why) in [
            ("", "--read-only", "--read-only"),
            (
                "mode = \"audit\"\nreason = \"change freeze\"\n",
                "--yes",
                "change freeze",
            ),
            (
                "guardrails = { deny = [\"live\"], reason = \"not on Fridays\" }\n",
                "--yes",
                "not on Fridays",
            ),
            (
                "guardrails = { deny = [\"perm-daemon-*\"], reason = \"ours\" }\n",
                "--yes",
                "ours",
            ),
            (
                "guardrails = { confirm = \"type-host\", reason = \"look twice\" }\n",
                "--yes",
                "look twice",
            ),
            ("", "--ascii", "nobody can be asked"),
        ] {
            bench.write_inventory(inventory);
            let ran = bench.run(&["apply", "--control", CONTROLS, flag]);
            assert_eq!(ran.code, Some(6), "{why}: {}", ran.err);
            assert!(ran.err.contains(why), "{why}: {}", ran.err);
        }
        assert_eq!(bench.files(), broken);
        assert_eq!(bench.journal(), Vec::<Value>::new());
    });
}

#[test]
fn a_tool_that_fails_leaves_nothing_behind() {
    on_broken_host(|bench| {
        let broken = bench.files();
        bench.wrap(
            "chmod",
            "case $1 in 00644) echo 'no such luck' >&2; exit 1;; esac; exec /usr/bin/chmod \"$@\"",
        );
        let ran = bench.apply();
        assert_eq!(ran.code, Some(5), "{}", ran.err);
        assert!(ran.err.contains("no such luck"), "{}", ran.err);
        assert_eq!(bench.files(), broken);
        assert_eq!(bench.ended().as_deref(), Some("rolled-back"));
        assert!(
            bench
                .run(&["undo", "--yes"])
                .err
                .contains("nothing to take back")
        );
    });
}

#[test]
fn a_file_system_that_is_read_only_stays_as_it_is() {
    on_broken_host(|bench| {
        let broken = bench.files();
        bench
            .inside("mount --bind /etc/docker /etc/docker && mount -o remount,bind,ro /etc/docker");
        let ran = bench.apply();
        bench.inside("umount /etc/docker");
        assert_eq!(ran.code, Some(5), "{}", ran.err);
        assert!(ran.err.contains("Read-only"), "{}", ran.err);
        assert_eq!(bench.files(), broken);
    });
}

#[test]
fn a_full_disk_keeps_the_host_from_being_locked_and_so_from_being_changed() {
    on_broken_host(|bench| {
        let broken = bench.files();
        bench.inside(
            "used=$(df -k --output=used /run | tail -n 1); mount -o remount,size=$((used + 64))k /run; \
             cat /dev/zero >/run/full 2>/dev/null; : >/run/more; ! echo more >/run/more",
        );
        let ran = bench.apply();
        bench.inside("rm -f /run/full /run/more; mount -o remount,size=50% /run");
        assert_eq!(ran.code, Some(5), "{}", ran.err);
        assert!(ran.err.contains("cannot be locked"), "{}", ran.err);
        bench.inside("test ! -e /run/plimsoll.lock");
        assert_eq!(bench.files(), broken);
        assert_eq!(bench.apply().code, Some(0));
        assert_eq!(bench.run(&["undo", "--yes"]).code, Some(0));
        assert_eq!(bench.files(), broken);
    });
}

#[test]
fn a_connection_that_is_cut_strands_no_host() {
    on_broken_host(|bench| {
        let broken = bench.files();
        for tool in ["chown", "chmod"] {
            for order in ["before", "after"] {
                let cut = format!("[ -e /run/cut ] || {{ : >/run/cut; {CUT}; }}");
                let real = format!("/usr/bin/{tool} \"$@\"");
                let script = if order == "before" {
                    format!("{cut}\n{real}")
                } else {
                    format!("{real}\ncode=$?\n{cut}\nexit $code")
                };
                bench.inside("rm -f /run/cut");
                bench.wrap(tool, &script);
                let ran = bench.apply();
                let what = format!("cut {order} {tool}: {}", ran.err);
                bench.inside(&format!("test -e /run/cut; rm /usr/local/sbin/{tool}"));
                assert_eq!(ran.code, Some(5), "{what}");
                assert_eq!(bench.files(), broken, "{what}");
                assert_eq!(bench.ended().as_deref(), Some("rolled-back"), "{what}");
            }
        }
    });
}

#[test]
fn a_run_that_is_killed_is_found_and_taken_back() {
    on_broken_host(|bench| {
        let broken = bench.files();
        for tool in ["chown", "chmod"] {
            for order in ["before", "after"] {
                let real = format!("/usr/bin/{tool} \"$@\"");
                let gate = format!("[ -e /run/gate-in ] && {{ {GATE}; rm -f /run/gate-in; }}");
                let script = if order == "before" {
                    format!("{gate}\n{real}")
                } else {
                    format!("{real}\ncode=$?\n{gate}\nexit $code")
                };
                bench.wrap(tool, &script);
                bench.inside("rm -f /run/gate-in /run/gate-out; mkfifo /run/gate-in /run/gate-out");
                // Not through the bounded helper, whose death would not be the program's.
                let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
                    .env_clear()
                    .env("HOME", bench.state.path())
                    .env("PLIMSOLL_STATE", bench.state.path())
                    .args(["apply", "--yes", "--control", CONTROLS, "--inventory"])
                    .arg(&bench.inventory)
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                let mut reached = String::new();
                fs::File::open(bench.lab.inside(HOST, "/run/gate-in"))
                    .unwrap()
                    .read_to_string(&mut reached)
                    .unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
                fs::OpenOptions::new()
                    .write(true)
                    .open(bench.lab.inside(HOST, "/run/gate-out"))
                    .unwrap()
                    .write_all(b"go\n")
                    .unwrap();
                let what = format!("killed {order} {tool}");
                bench.inside(&format!("rm /usr/local/sbin/{tool}"));

                let listed = bench.run(&["journal"]);
                assert!(listed.out.contains("interrupted"), "{what}: {}", listed.out);
                let refused = bench.apply();
                assert_eq!(refused.code, Some(6), "{what}: {}", refused.err);
                assert!(
                    refused.err.contains("plimsoll undo op-"),
                    "{what}: {}",
                    refused.err
                );
                let undone = bench.run(&["undo", "--yes"]);
                assert_eq!(undone.code, Some(0), "{what}: {}", undone.err);
                assert_eq!(bench.files(), broken, "{what}");
                bench.inside("test ! -e /run/plimsoll.lock");
            }
        }
    });
}

#[test]
fn a_file_that_is_swapped_for_a_link_protects_what_it_leads_to() {
    on_broken_host(|bench| {
        let victim = "stat -c '%d:%i %f %u:%g' /etc/victim";
        bench.inside(
            "echo precious >/etc/victim; chown 1000:1000 /etc/victim; chmod 0666 /etc/victim",
        );
        let untouched = bench.inside(victim);
        bench.wrap(
            "chown",
            "cd /etc/docker && [ -L daemon.json ] || { mv daemon.json aside && ln -s /etc/victim daemon.json; }\n\
             exec /usr/bin/chown \"$@\"",
        );
        let ran = bench.apply();
        assert_eq!(ran.code, Some(5), "{}", ran.err);
        assert_eq!(bench.inside(victim), untouched);
        bench.inside("cd /etc/docker && rm -f daemon.json && mv aside daemon.json; rm /etc/victim");
    });
}

#[test]
fn without_a_journal_nothing_is_changed() {
    on_broken_host(|bench| {
        let broken = bench.files();
        let full = bench.state.path().join("full");
        fs::create_dir(&full).unwrap();
        let mount = |args: &[&str]| {
            let done = Command::new(args[0]).args(&args[1..]).arg(&full).status();
            assert!(done.unwrap().success(), "{args:?}");
        };
        mount(&["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs"]);
        let run = |args: &[&str]| {
            bench
                .command(args)
                .env("PLIMSOLL_STATE", &full)
                .output()
                .unwrap()
        };
        let key = run(&["plan", "--control", CONTROLS]);
        // Fills it to the last byte; the error is what ends it.
        let filled = fs::File::create(full.join("rest")).and_then(|mut rest| {
            loop {
                rest.write_all(&[0; 512])?;
            }
        });
        let ran = run(&["apply", "--yes", "--control", CONTROLS]);
        mount(&["umount"]);
        let filled: std::io::Result<()> = filled;
        assert!(key.status.success() && filled.is_err());
        assert!(!ran.status.success());
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(err.contains("journal cannot be written"), "{err}");
        assert_eq!(bench.files(), broken);
    });
}

#[test]
fn two_operators_do_not_meet_on_a_host() {
    on_broken_host(|bench| {
        let broken = bench.files();
        bench.inside(
            "sed 's/.*) //' /proc/1/stat | { read -r line; set -- $line; \
             printf '1 %s 9999999999 bob on elsewhere\\n' \"${20}\"; } >/run/plimsoll.lock",
        );
        let ran = bench.apply();
        assert_eq!(ran.code, Some(5), "{}", ran.err);
        assert!(
            ran.err.contains("bob on elsewhere works on this host"),
            "{}",
            ran.err
        );
        assert_eq!(bench.files(), broken);
        // The lock of a process that is gone, or whose time is over, is nobody's.
        for stale in ["1 7 9999999999 bob", "99999999 7 9999999999 bob"] {
            bench.inside(&format!("echo '{stale}' >/run/plimsoll.lock"));
            let ran = bench.apply();
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            assert_eq!(bench.run(&["undo", "--yes"]).code, Some(0));
            assert_eq!(bench.files(), broken);
        }
    });
}
