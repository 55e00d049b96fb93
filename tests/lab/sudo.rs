//! `sudo = "ask"` on a real sudo that wants a password: who is asked, how often, for whom the answer counts, and that the
//! password leaves no trace.

use std::sync::Once;

use plimsoll::collect::Collected;
use plimsoll::domain::host::Mode;
use plimsoll::domain::question::SecretKind;
use plimsoll::inventory::spec::{HostSpec, Sudo};
use plimsoll::transport::Dialer;

use crate::guard::trespasses;
use crate::harness::{Lab, lab};
use crate::logins::{kinds, person};
use crate::reading::{over_ssh, read_by, refusals};

const HOST: &str = "clean-26";
const USER: &str = "asker";
const PASSWORD: &str = "xyzzy-4711-plugh";

/// Makes an account that may become root by its password and is in no group. Once: while its files are written anew, sudo
/// would refuse it.
fn account(lab: &Lab) {
    static MADE: Once = Once::new();
    MADE.call_once(|| make(lab));
}

fn make(lab: &Lab) {
    let script = format!(
        "id -u {USER} >/dev/null 2>&1 || {{
             useradd -m -s /usr/local/sbin/lab-shell {USER} &&
             cp -r /home/auditor/.ssh /home/{USER}/ && chown -R {USER}: /home/{USER}/.ssh
         }} && echo '{USER}:{PASSWORD}' | chpasswd &&
         echo '{USER} ALL=(ALL) ALL' >/etc/sudoers.d/{USER} && chmod 0440 /etc/sudoers.d/{USER}"
    );
    let made = lab.in_host(HOST, &script);
    assert!(made.ok, "{}", made.err);
}

/// The lab's host under a name of its own.
fn asking(lab: &Lab, name: &str) -> HostSpec {
    let mut spec = over_ssh(lab, HOST, USER, Sudo::Ask);
    name.clone_into(&mut spec.header.name);
    spec.header.groups = vec!["web".to_owned()];
    spec
}

fn uid(collected: &Collected) -> u32 {
    collected.evidence.host.reader.as_ref().unwrap().uid
}

#[tokio::test]
async fn a_password_makes_root_and_leaves_no_trace() {
    let Some(lab) = lab() else { return };
    account(lab);
    let (dialer, asked) = person(&[&[PASSWORD, ""]]);
    let spec = asking(lab, "a");
    let collected = read_by(&dialer, &spec).await;
    assert_eq!(uid(&collected), 0, "{:?}", collected.probe_failure);
    assert_eq!(refusals(&collected)["permission"], 0);
    // The account may not use the socket; root's relay may.
    assert!(
        collected.evidence.engine.info.is_ok(),
        "{:?}",
        collected.engine_failure
    );
    assert_eq!(kinds(&asked), [SecretKind::Sudo]);

    // The same run asks no more.
    assert_eq!(uid(&read_by(&dialer, &spec).await), 0);
    assert_eq!(kinds(&asked).len(), 1);

    let told = format!("{collected:?}");
    assert!(!told.contains(PASSWORD));
    // Logs, files and the environments and arguments of what runs; the pattern does not find itself there.
    let (first, rest) = PASSWORD.split_at(1);
    let found = lab.in_host(
        HOST,
        &format!(
            "grep -rl -e '[{first}]{rest}' /var/log /home /root /tmp /run /etc 2>/dev/null; \
             cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | \
             grep -e '[{first}]{rest}'; true"
        ),
    );
    assert_eq!(found.out, "");
    assert_eq!(trespasses(lab), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_counts_for_whom_the_person_says() {
    let Some(lab) = lab() else { return };
    account(lab);
    let read = async |dialer: &Dialer, name: &str| uid(&read_by(dialer, &asking(lab, name)).await);
    // For the host alone: the next one asks again.
    let (dialer, asked) = person(&[&[PASSWORD, ""], &[PASSWORD, "web"]]);
    assert_eq!(read(&dialer, "a").await, 0);
    assert_eq!(read(&dialer, "b").await, 0);
    assert_eq!(kinds(&asked).len(), 2);
    // For the group: two at once and no question more.
    let (third, fourth) = tokio::join!(read(&dialer, "c"), read(&dialer, "d"));
    assert_eq!((third, fourth, kinds(&asked).len()), (0, 0, 2));

    // Two that need it at once ask once, where the answer is for both.
    let (dialer, asked) = person(&[&[PASSWORD, "all"]]);
    let (first, second) = tokio::join!(read(&dialer, "e"), read(&dialer, "f"));
    assert_eq!((first, second, kinds(&asked).len()), (0, 0, 1));
}

#[tokio::test]
async fn wrong_ones_and_silence_leave_the_host_partly_read() {
    let Some(lab) = lab() else { return };
    account(lab);
    let (dialer, asked) = person(&[&["wrong", ""], &[PASSWORD, ""]]);
    assert_eq!(uid(&read_by(&dialer, &asking(lab, "a")).await), 0);
    assert_eq!(kinds(&asked).len(), 2);

    let (dialer, asked) = person(&[]);
    let collected = read_by(&dialer, &asking(lab, "a")).await;
    assert_ne!(uid(&collected), 0);
    assert!(refusals(&collected)["permission"] > 0);
    // Who declined is left alone.
    read_by(&dialer, &asking(lab, "b")).await;
    assert_eq!(kinds(&asked).len(), 1);
}

#[tokio::test]
async fn nobody_is_asked_where_no_password_is_needed_or_the_host_is_only_read() {
    let Some(lab) = lab() else { return };
    account(lab);
    let (dialer, asked) = person(&[&[PASSWORD, "all"]]);
    for user in ["ops", "root"] {
        let spec = over_ssh(lab, HOST, user, Sudo::Ask);
        assert_eq!(uid(&read_by(&dialer, &spec).await), 0, "{user}");
    }
    let mut spec = asking(lab, "a");
    spec.header.mode = Mode::Audit;
    let collected = read_by(&dialer, &spec).await;
    assert_ne!(uid(&collected), 0);
    let refused = refusals(&collected);
    assert!(
        refused["permission"] == 0 && refused["authority"] > 0,
        "{refused:?}"
    );
    assert_eq!(kinds(&asked), []);
}
