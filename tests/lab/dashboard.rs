//! The dashboard on a real host: a finding is put right, and taken back, by the keys of a person.

use portable_pty::CommandBuilder;

use crate::repairs::{Bench, HOST, on_broken_host};
use crate::terminal::Terminal;

const CONTROL: &str = "perm-etc-docker-mode";

/// The dashboard with the finding of [`CONTROL`] under the cursor.
fn on_finding(bench: &Bench) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.env_clear();
    command.args(["--profile", "all", "--inventory"]);
    command.arg(&bench.inventory);
    let mut terminal = Terminal::run(command, tempfile::tempdir().unwrap(), 36, 120);
    terminal.until("the host's result", |terminal| {
        let text = terminal.text();
        text.contains(HOST) && (text.contains("assessed") || text.contains("partial"))
    });
    terminal.press("\r");
    terminal.only_finding(CONTROL);
    terminal
}

#[test]
fn a_finding_is_put_right_and_taken_back_by_keys() {
    on_broken_host(|bench| {
        let broken = bench.files();
        let mut terminal = on_finding(bench);
        terminal.press("f");
        terminal.until_text("Nothing has been changed yet");
        terminal.until_text("mode 2777 -> 0755");
        terminal.press("\r\ry");
        terminal.agree("Applied, and the controls confirm it");
        assert_eq!(bench.inside("stat -c %a /etc/docker"), "755\n");
        terminal.press("u");
        terminal.until_text("Nothing has been taken back yet");
        assert_eq!(bench.inside("stat -c %a /etc/docker"), "755\n");
        terminal.agree("Undone.");
        assert_eq!(bench.files(), broken);
        terminal.press("\u{1b}");
        terminal.until_text("1 Findings");
        terminal.press("\u{3}\u{3}");
        assert_eq!(terminal.ended(), 130);
    });
}

#[test]
fn on_a_host_that_may_only_be_read_the_reason_is_told() {
    on_broken_host(|bench| {
        let broken = bench.files();
        bench.write_inventory("mode = \"audit\"\nreason = \"change freeze\"\n");
        let mut terminal = on_finding(bench);
        terminal.press("f");
        terminal.until_text("may only be read");
        terminal.press("aA\r");
        terminal.press("\u{3}\u{3}");
        assert_eq!(terminal.ended(), 130);
        assert_eq!(bench.files(), broken);
    });
}
