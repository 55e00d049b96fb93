//! The least-privilege set-up that `plimsoll grant` prints: installed on a host, read through, and taken away again.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::{Server, Setup, dialer, over, read};
use crate::guard::trespasses;
use crate::harness::{Answer, Lab, lab, run};
use crate::program::plimsoll;

const HOST: &str = "clean-26";
const USER: &str = "reader";
const FOLDER: &str = "/usr/local/lib/plimsoll";

/// What the auditor's key is answered to `words`, with `input` sent behind them.
fn asked(lab: &Lab, server: &Server, words: &str, input: &[u8]) -> (Option<i32>, String) {
    let mut client = lab.ssh_client(USER);
    client
        .arg("-p")
        .arg(server.port.to_string())
        .arg("-o")
        .arg(format!(
            "UserKnownHostsFile={}",
            server.known_hosts().display()
        ))
        .arg(&lab.host(HOST).address)
        .arg(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut client = client.spawn().unwrap();
    client.stdin.take().unwrap().write_all(input).unwrap();
    let output = client.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said.into_owned())
}

fn in_host(lab: &Lab, script: &str) -> String {
    let Answer { ok, out, err } = lab.in_host(HOST, script);
    assert!(ok, "{script}: {out}{err}");
    out
}

/// What the key and the account are refused.
fn nothing_else_may_be_done(lab: &Lab, server: &Server) {
    for words in [
        "id",
        "sh -s",
        "sudo -n sh -s",
        "docker ps",
        "probe; id",
        "engine --socket /x",
        "",
    ] {
        let (code, said) = asked(lab, server, words, b"id\n");
        assert_eq!(code, Some(1), "{words}: {said}");
        assert!(
            said.contains("two words: probe and engine"),
            "{words}: {said}"
        );
        assert!(!said.contains("uid="), "{words}: {said}");
    }
    let stop = b"POST /containers/x/stop HTTP/1.1\r\nHost: docker\r\n\r\n";
    let (code, said) = asked(lab, server, "engine", stop);
    assert_eq!(code, Some(6), "{said}");
    let allowed = in_host(lab, &format!("sudo -l -U {USER}"));
    let may: Vec<&str> = (allowed.lines().map(str::trim))
        .filter(|line| line.starts_with('('))
        .collect();
    assert_eq!(
        may,
        [format!(
            "(root) NOPASSWD: /bin/sh {FOLDER}/probe, {FOLDER}/plimsoll relay"
        )]
    );
    let sudo = in_host(
        lab,
        &format!(
            "su {USER} -s /bin/sh -c 'sudo -n id; sudo -n /bin/sh {FOLDER}/probe x; sudo -n {FOLDER}/plimsoll relay --socket /x' 2>&1 || true"
        ),
    );
    assert_eq!(sudo.matches("a password is required").count(), 3, "{sudo}");
}

/// An account that puts a link where its keys are gains nothing from root's next run.
fn a_link_of_the_account_is_not_followed(lab: &Lab) {
    let script = format!(
        "cd /home/{USER}/.ssh && mv authorized_keys aside && ln -s /run/lab-bystander authorized_keys && \
         echo mine >/run/lab-bystander && chmod 0600 /run/lab-bystander; \
         sh /run/lab-grant.sh >/dev/null 2>&1 && echo followed; sh /run/lab-grant.sh remove >/dev/null 2>&1; \
         stat -c '%U %a' /run/lab-bystander; cat /run/lab-bystander; rm /run/lab-bystander; mv aside authorized_keys"
    );
    assert_eq!(in_host(lab, &script), "root 600\nmine\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_read_through_exactly_what_is_printed() {
    let Some(lab) = lab() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut printing = plimsoll(state.path());
    let printing = printing
        .arg("grant")
        .arg(lab.ssh_file("id_ed25519.pub"))
        .args(["--user", USER]);
    let printed = run(printing);
    assert!(printed.ok, "{}", printed.err);
    fs::write(lab.inside(HOST, "/run/lab-grant.sh"), &printed.out).unwrap();
    in_host(lab, "sh /run/lab-grant.sh");
    a_link_of_the_account_is_not_followed(lab);
    // Again, as when it is brought up to date, behind a key whose line has no end.
    let keys = format!("/home/{USER}/.ssh/authorized_keys");
    in_host(
        lab,
        &format!("printf '# another' >{keys} && sh /run/lab-grant.sh && sh /run/lab-grant.sh"),
    );
    let kept = in_host(lab, &format!("cat {keys}"));
    assert_eq!(kept.lines().next(), Some("# another"));
    assert_eq!(kept.lines().count(), 2, "{kept}");
    let server = Server::start(
        lab,
        Setup {
            host: HOST,
            config: &format!("AuthorizedKeysFile /home/{USER}/.ssh/authorized_keys"),
            key_options: "",
        },
    );

    // Without the program there is no engine, and the host is read all the same.
    let mut spec = over(server.target(USER), None);
    spec.sudo = plimsoll::inventory::spec::Sudo::Auto;
    let half = read(&dialer(), &spec).await.read.unwrap();
    assert!(half.engine_failure.is_some());
    assert_eq!(half.evidence.host.reader.unwrap().uid, 0);

    let program = lab.inside(HOST, &format!("{FOLDER}/plimsoll"));
    fs::copy(env!("CARGO_BIN_EXE_plimsoll"), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let outcome = read(&dialer(), &spec).await;
    let collected = outcome.read.unwrap();
    assert_eq!(
        (collected.engine_failure, collected.probe_failure),
        (None, None)
    );
    assert_eq!(outcome.route, "engine");
    assert_eq!(collected.evidence.host.reader.unwrap().uid, 0);
    let info = collected.evidence.engine.info.unwrap();
    assert!(!info.kernel.is_empty());
    let containers = collected.evidence.engine.containers.unwrap();
    assert!(containers.iter().all(|container| container.detail.is_ok()));

    nothing_else_may_be_done(lab, &server);
    drop(server);
    in_host(lab, "sh /run/lab-grant.sh remove");
    let left = in_host(
        lab,
        &format!(
            "cat /home/{USER}/.ssh/authorized_keys; ls {FOLDER} /etc/sudoers.d/plimsoll-{USER} 2>/dev/null || true; userdel -r {USER} 2>/dev/null; rm /run/lab-grant.sh"
        ),
    );
    assert_eq!(left, "# another\n");
    assert_eq!(trespasses(lab), Vec::<String>::new());
}
