//! Certificates, passwords and prompts over OpenSSH: SSH servers of their own settings inside a host of the lab.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use plimsoll::domain::failure::{Failure, FailureClass};
use plimsoll::domain::question::{Answer, Question, SecretKind};
use plimsoll::inventory::spec::SshTarget;
use plimsoll::transport::ask::{Desk, Notice};
use plimsoll::transport::{Dial as _, Dialer, SshEnvironment};

use crate::harness::{Lab, bounded, lab, run};
use crate::transports::{account, in_time, over_ssh};

const HOST: &str = "clean-26";

/// An SSH server with settings of its own inside the host; ends with the value.
struct Server {
    lab: &'static Lab,
    port: u16,
}

impl Server {
    fn start(lab: &'static Lab, port: u16, settings: &str) -> Self {
        let script = format!(
            "mkdir -p /run/sshd && printf '%s\\n' 'Port {port}' 'PidFile /run/lab-sshd-{port}.pid' \
             'HostKey /etc/ssh/ssh_host_ed25519_key' 'AuthorizedKeysFile /etc/ssh/lab_keys %h/.ssh/authorized_keys' 'UsePAM yes' \
             {settings} > /run/lab-sshd-{port}.conf && /usr/sbin/sshd -f /run/lab-sshd-{port}.conf || exit 1
             # It goes into the background before it listens, and writes its number after that.
             for _ in $(seq 200); do [ -s /run/lab-sshd-{port}.pid ] && exit 0; sleep 0.05; done
             exit 1"
        );
        let started = lab.in_host(HOST, &script);
        assert!(started.ok, "{}", started.err);
        Self { lab, port }
    }

    fn target(&self, folder: &Path) -> SshTarget {
        let known = folder.join("known_hosts");
        if !known.exists() {
            let plain = std::fs::read_to_string(self.lab.ssh_file("known_hosts")).unwrap();
            let address = &self.lab.host(HOST).address;
            let ours = plain.lines().filter(|line| line.contains(address.as_str()));
            let keys: Vec<String> = ours
                .map(|line| {
                    let key = line.split_once(' ').unwrap().1;
                    format!("[{address}]:* {key}\n")
                })
                .collect();
            std::fs::write(&known, keys.concat()).unwrap();
        }
        SshTarget {
            port: self.port,
            known_hosts: vec![known],
            ..account(self.lab, HOST, "deploy")
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let port = self.port;
        let ended = self.lab.in_host(
            HOST,
            &format!("kill $(cat /run/lab-sshd-{port}.pid); rm -f /run/lab-sshd-{port}.*"),
        );
        assert!(ended.ok || std::thread::panicking(), "{}", ended.err);
    }
}

fn keygen(arguments: &[&str]) {
    let made = run(bounded("ssh-keygen").arg("-q").args(arguments));
    assert!(made.ok, "{arguments:?}: {}", made.err);
}

/// A new key in `folder`; its path.
fn new_key(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    keygen(&[
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        name,
        "-f",
        path.to_str().unwrap(),
    ]);
    path
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

async fn dial(dialer: &Dialer, target: SshTarget) -> Result<(), Failure> {
    let connection = in_time(dialer.dial(&over_ssh(target), &|_| {})).await?;
    connection.close().await;
    Ok(())
}

fn silent() -> Dialer {
    Dialer::new(SshEnvironment::default(), Arc::default())
}

#[tokio::test]
async fn user_certificates_get_in_where_nothing_else_does() {
    let Some(lab) = lab() else { return };
    let folder = tempfile::tempdir().unwrap();
    let authority = new_key(folder.path(), "ca");
    let public = text(&authority.with_extension("pub"));
    let wrote = lab.in_host(HOST, &format!("echo '{public}' > /etc/ssh/lab_users_ca"));
    assert!(wrote.ok, "{}", wrote.err);
    let server = Server::start(
        lab,
        2301,
        "'TrustedUserCAKeys /etc/ssh/lab_users_ca' 'AuthorizedKeysFile none'",
    );
    let user = new_key(folder.path(), "user");
    let target = SshTarget {
        identity_files: vec![user.clone()],
        identities_only: true,
        ..server.target(folder.path())
    };
    let failure = dial(&silent(), target.clone()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Auth, "{failure:#?}");

    let sign = |names: &str| {
        let ca = authority.to_str().unwrap();
        let public = user.with_extension("pub");
        keygen(&["-s", ca, "-I", "lab", "-n", names, public.to_str().unwrap()]);
    };
    sign("somebody-else");
    let failure = dial(&silent(), target.clone()).await.unwrap_err();
    assert!(
        failure.causes.join("\n").contains("certificate"),
        "{failure:#?}"
    );
    sign("deploy");
    dial(&silent(), target.clone()).await.unwrap();

    // The same one under another name, as CertificateFile says.
    let elsewhere = folder.path().join("elsewhere.pub");
    std::fs::rename(folder.path().join("user-cert.pub"), &elsewhere).unwrap();
    dial(&silent(), target.clone()).await.unwrap_err();
    let named = SshTarget {
        certificates: vec![elsewhere],
        ..target
    };
    dial(&silent(), named).await.unwrap();
}

/// What a login ends with, and a part of what is said then; nothing where it succeeds.
type Refused<'a> = Option<(FailureClass, &'a str)>;

#[tokio::test]
async fn host_certificates_are_held_against_their_authority_name_and_time() {
    let Some(lab) = lab() else { return };
    let folder = tempfile::tempdir().unwrap();
    let authority = new_key(folder.path(), "ca");
    let address = lab.host(HOST).address.clone();
    let host_key = folder.path().join("host.pub");
    let printed = lab.in_host(HOST, "cat /etc/ssh/ssh_host_ed25519_key.pub");
    std::fs::write(&host_key, printed.out).unwrap();
    let public = text(&authority.with_extension("pub"));
    let trusting = folder.path().join("trusting");
    std::fs::write(&trusting, format!("@cert-authority * {public}\n")).unwrap();
    let revoking = folder.path().join("revoking");
    std::fs::write(
        &revoking,
        format!("@cert-authority * {public}\n@revoked * {public}\n"),
    )
    .unwrap();

    let cases: [(u16, &str, &str, &Path, Refused<'_>); 4] = [
        (2311, address.as_str(), "-1d:+1d", &trusting, None),
        (
            2312,
            "other.example",
            "-1d:+1d",
            &trusting,
            Some((FailureClass::HostkeyUnknown, "other names")),
        ),
        (
            2313,
            address.as_str(),
            "-2d:-1d",
            &trusting,
            Some((FailureClass::HostkeyUnknown, "not valid at this time")),
        ),
        (
            2314,
            address.as_str(),
            "-1d:+1d",
            &revoking,
            Some((FailureClass::HostkeyRevoked, "revoked")),
        ),
    ];
    for (port, names, validity, known, expected) in cases {
        let ca = authority.to_str().unwrap();
        let key = host_key.to_str().unwrap();
        keygen(&[
            "-s", ca, "-h", "-I", "lab", "-n", names, "-V", validity, key,
        ]);
        let certificate = text(&folder.path().join("host-cert.pub"));
        let file = format!("/etc/ssh/lab-{port}-cert.pub");
        let wrote = lab.in_host(HOST, &format!("echo '{certificate}' > {file}"));
        assert!(wrote.ok, "{}", wrote.err);
        let server = Server::start(lab, port, &format!("'HostCertificate {file}'"));
        let target = SshTarget {
            known_hosts: vec![known.to_owned()],
            ..server.target(folder.path())
        };
        match (dial(&silent(), target).await, expected) {
            (Ok(()), None) => {}
            (Err(failure), Some((class, words))) => {
                assert_eq!(failure.class, class, "{failure:#?}");
                assert!(failure.message.contains(words), "{failure:#?}");
            }
            (result, expected) => panic!("{port}: {result:#?}, not {expected:?}"),
        }
    }
    // One that vouches for nobody here leaves the bare key, which is on file.
    let server = Server::start(lab, 2315, "'HostCertificate /etc/ssh/lab-2312-cert.pub'");
    let mut target = server.target(folder.path());
    let foreign = new_key(folder.path(), "foreign").with_extension("pub");
    let line = format!("@cert-authority * {}\n", text(&foreign));
    let other = folder.path().join("other");
    std::fs::write(&other, line).unwrap();
    target.known_hosts.push(other);
    dial(&silent(), target).await.unwrap();
}

/// A person who answers one question after another with these words, and what they were asked.
pub(crate) fn person(
    words: &'static [&'static [&'static str]],
) -> (Dialer, Arc<Mutex<Vec<Question>>>) {
    let (desk, mut notices) = Desk::new();
    let (desk, asked) = (Arc::new(desk), Arc::new(Mutex::new(Vec::new())));
    let (theirs, heard) = (Arc::clone(&desk), Arc::clone(&asked));
    tokio::spawn(async move {
        let mut words = words.iter();
        while let Some(notice) = notices.recv().await {
            if let Notice::Asked(id, question) = notice {
                heard.lock().unwrap().push(question);
                let answer = words.next().map(|words| {
                    Answer::Secrets(words.iter().map(|word| (*word).into()).collect())
                });
                theirs.answer(id, answer.as_ref());
            }
        }
    });
    (Dialer::new(SshEnvironment::default(), desk), asked)
}

pub(crate) fn kinds(asked: &Mutex<Vec<Question>>) -> Vec<SecretKind> {
    let asked = asked.lock().unwrap();
    let kinds = asked.iter().filter_map(|question| match question {
        Question::Secret(wanted) => Some(wanted.kind),
        Question::NewKey(_) => None,
    });
    kinds.collect()
}

#[tokio::test]
async fn passwords_and_prompts_are_asked_for() {
    let Some(lab) = lab() else { return };
    let set = lab.in_host(HOST, "echo 'deploy:open sesame' | chpasswd");
    assert!(set.ok, "{}", set.err);
    let folder = tempfile::tempdir().unwrap();
    for (port, settings, kind) in [
        (
            2321,
            "'PubkeyAuthentication no' 'PasswordAuthentication no' 'KbdInteractiveAuthentication yes'",
            SecretKind::Interactive,
        ),
        (
            2322,
            "'PubkeyAuthentication no' 'PasswordAuthentication yes' 'KbdInteractiveAuthentication no'",
            SecretKind::Password,
        ),
        (
            2323,
            "'AuthenticationMethods publickey,keyboard-interactive' 'KbdInteractiveAuthentication yes'",
            SecretKind::Interactive,
        ),
    ] {
        let server = Server::start(lab, port, settings);
        let target = server.target(folder.path());
        let (dialer, asked) = person(&[&["open sesame"]]);
        dial(&dialer, target.clone()).await.unwrap();
        assert_eq!(kinds(&asked), [kind]);

        let (dialer, asked) = person(&[&["wrong"], &["open sesame"]]);
        dial(&dialer, target.clone()).await.unwrap();
        assert_eq!(kinds(&asked), [kind, kind]);

        // Who declines is left alone, for this host and for the next.
        let (dialer, asked) = person(&[]);
        for _ in 0..2 {
            let failure = dial(&dialer, target.clone()).await.unwrap_err();
            assert_eq!(failure.class, FailureClass::Auth, "{failure:#?}");
        }
        assert_eq!(kinds(&asked), [kind]);

        // Without anybody nothing is asked, and it is said what the server wants.
        let failure = dial(&silent(), target).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Auth, "{failure:#?}");
        let wanted = if kind == SecretKind::Password {
            "password"
        } else {
            "keyboard-interactive"
        };
        assert!(failure.message.contains(wanted), "{failure:#?}");
    }
}
