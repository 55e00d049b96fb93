//! The real program in a real pseudo-terminal: it starts, answers keys, and gives the terminal back however it ends.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, chown};

use portable_pty::CommandBuilder;

use crate::terminal::Terminal;
use crate::transport::ssh_host::{Plan, SshHost, key, key_file};

#[test]
fn the_demo_can_be_repaired_and_taken_back() {
    let mut terminal = Terminal::start(&["demo", "--profile", "all"], 36, 120);
    terminal.until_text("web-01");
    terminal.press("/legacy-erp\r");
    terminal.until("only legacy-erp, read", |terminal| {
        let text = terminal.text();
        text.contains("legacy-erp") && !text.contains("web-01") && text.contains("assessed")
    });
    terminal.press("\r");
    terminal.only_finding("perm-docker-service-mode");
    terminal.press("f");
    terminal.until_text("Nothing has been changed yet");
    terminal.agree("Applied, and the controls confirm it");
    terminal.press("u");
    terminal.until_text("Nothing has been taken back yet");
    terminal.agree("Undone.");
    terminal.press("\u{1b}");
    // The host was read anew, and the finding is there again.
    terminal.until("the finding", |terminal| {
        let text = terminal.text();
        text.contains("1/1 ") && text.contains("f fix")
    });
    terminal.press("\u{3}\u{3}");
    assert_eq!(terminal.ended(), 130);
}

#[test]
fn the_demo_starts_answers_and_quits() {
    let mut terminal = Terminal::start(&["demo"], 24, 80);
    terminal.until_text("web-01");
    assert!(terminal.screen.screen().alternate_screen());
    terminal.press("?");
    terminal.until_text("Keys here");
    terminal.press("\u{1b}");
    // An escape with a key right behind it would be one key to the terminal's reader.
    terminal.until("no help", |t| !t.text().contains("Keys here"));
    terminal.press("/legacy-erp\r");
    terminal.until("only legacy-erp", |t| {
        t.text().contains("legacy-erp") && !t.text().contains("web-01")
    });
    terminal.press("\u{1b}");
    // Hosts with more findings may have pushed the first one off the screen by now.
    terminal.until("other hosts", |t| {
        ["web-01", "ci-runner-1"]
            .iter()
            .any(|name| t.text().contains(name))
    });
    terminal.press("q");
    // While the sweep still runs, leaving is asked about; afterwards it is not.
    terminal.until("the end", |t| {
        !t.screen.screen().alternate_screen() || t.text().contains("Quit?")
    });
    if terminal.screen.screen().alternate_screen() {
        terminal.press("q");
    }
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn a_terminal_that_shrinks_to_nothing_is_survived() {
    let mut terminal = Terminal::start(&["demo"], 36, 120);
    terminal.until_text("web-01");
    terminal.resize(5, 20);
    terminal.until("the small screen", |t| !t.text().contains("Enter open"));
    terminal.resize(1, 1);
    terminal.resize(24, 80);
    // The theme is named where there is room for it, which there no longer is.
    terminal.until("the usual screen", |t| {
        t.text().contains("Enter open") && !t.text().contains("theme default")
    });
    // Both at once: on a busy machine two presses with a wait between them may be too far apart to be taken as twice.
    terminal.press("\u{3}\u{3}");
    assert_eq!(terminal.ended(), 130);
}

#[test]
fn no_key_is_lost_while_the_window_changes() {
    let mut terminal = Terminal::start(&["demo"], 24, 80);
    terminal.until_text("web-01");
    for (rows, cols) in [(40, 132), (24, 80)].repeat(3) {
        // Stopped meanwhile, the program finds both at once.
        terminal.signal("STOP");
        terminal.resize(rows, cols);
        terminal.press("?");
        terminal.signal("CONT");
        terminal.until_text("Keys here");
        terminal.press("\u{1b}");
        terminal.until("no help", |t| !t.text().contains("Keys here"));
    }
    terminal.press("\u{3}\u{3}");
    assert_eq!(terminal.ended(), 130);
}

#[test]
fn being_terminated_gives_the_terminal_back() {
    let mut terminal = Terminal::start(&["demo"], 24, 80);
    terminal.until_text("web-01");
    terminal.signal("TERM");
    assert_eq!(terminal.ended(), 143);
}

/// The program panics for real, with the terminal taken: it is run as a user who may have no more threads than it has
/// already, so the reader of keys cannot be started.
#[test]
fn a_panic_gives_the_terminal_back_and_ends_with_70() {
    // A user of this run's own: threads are counted by user.
    let nobody_else = 61_000 + std::process::id() % 1000;
    let by_root = std::process::Command::new("id").arg("-u").output().unwrap();
    if by_root.stdout != b"0\n" {
        eprintln!("left out: only root can run the program as a user with a limit of its own");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("plimsoll");
    std::fs::copy(env!("CARGO_BIN_EXE_plimsoll"), &program).unwrap();
    let mut command = CommandBuilder::new("prlimit");
    command.env_clear();
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("TOKIO_WORKER_THREADS", "1");
    command.args(["--nproc=2", "setpriv", "--clear-groups"]);
    command.arg(format!("--reuid={nobody_else}"));
    command.arg(program.as_os_str());
    command.arg("demo");
    let state = tempfile::tempdir().unwrap();
    chown(state.path(), Some(nobody_else), None).unwrap();
    let mut terminal = Terminal::run(command, state, 24, 80);
    terminal.until_text("internal error; please report it");
    let text = terminal.text();
    assert!(text.contains("panicked at"), "{text}");
    assert_eq!(terminal.ended(), 70);
}

#[test]
fn the_log_file_is_written_behind_the_dashboard() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let log = path.to_str().unwrap();
    let mut terminal = Terminal::start(&["demo", "--hosts", "1", "--log-file", log], 24, 80);
    terminal.until_text("web-01");
    terminal.press("q");
    terminal.until("the end", |t| {
        !t.screen.screen().alternate_screen() || t.text().contains("Quit?")
    });
    if terminal.screen.screen().alternate_screen() {
        terminal.press("q");
    }
    assert_eq!(terminal.ended(), 0);
    let log = std::fs::read_to_string(&path).unwrap();
    let first = log.lines().next().unwrap();
    let first: serde_json::Value = serde_json::from_str(first).unwrap();
    assert_eq!(first["event"], "started");
    assert_eq!(first["hosts"], 1);
}

/// Two servers whose keys are not on file are asked about in one list, on the terminal, and the report is whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_asks_on_the_terminal() {
    let (one, two) = (
        SshHost::start(Plan::default()).await,
        SshHost::start(Plan::default()).await,
    );
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known_hosts");
    let inventory = folder.path().join("inventory.toml");
    let text = format!(
        "version = 1\n[defaults]\nhost_key = \"ask\"\nsudo = \"never\"\nidentity_file = {:?}\nknown_hosts = {known:?}\n\
         [[hosts]]\nname = \"one\"\nendpoint = \"ssh://ops@127.0.0.1:{}\"\n\
         [[hosts]]\nname = \"two\"\nendpoint = \"ssh://ops@127.0.0.1:{}\"\n",
        key_file(folder.path(), "id", &key(2)),
        one.port,
        two.port,
    );
    std::fs::write(&inventory, text).unwrap();
    let path = inventory.to_str().unwrap().to_owned();
    let talking = tokio::task::spawn_blocking(move || {
        let mut terminal = Terminal::start(&["-i", &path, "sweep"], 40, 120);
        terminal.until_text("The keys of 2 SSH servers are not on file");
        terminal.until_text("Trust which?");
        let first = terminal.text();
        terminal.press("7\n");
        terminal.until_text("none of these");
        terminal.press("1\n");
        terminal.until_text("not read  1 host");
        (first, terminal.ended())
    });
    let (first, code) = talking.await.unwrap();
    assert!(first.contains(&key(1).fingerprint(russh::keys::HashAlg::Sha256).to_string()));
    assert!(first.contains("ssh-keygen -lf"), "{first}");
    // The test's servers have no engine worth the name, so neither host is whole.
    assert!(code == 3 || code == 4, "{code}");
    let kept = std::fs::read_to_string(&known).unwrap();
    assert_eq!(kept.lines().count(), 1, "{kept}");
}
