//! What is left on a host after it was read: no process, no file; one login in the log of its SSH server.

use super::{Server, Setup, dialer, over, read};
use crate::guard::commands;
use crate::harness::lab;

/// The host that is read.
const HOST: &str = "no-forward";

/// Processes by what they run, without those of the harness and of the engine, which come and go by themselves.
const PROCESSES: &str =
    "ps -eo user:20=,args= | grep -vE 'ps -eo|grep -vE|sh -c|containerd-shim|runc|tini' | sort";

/// Files that changed since a mark was set, without what is no file: and without what logging in writes by itself.
const CHANGED: &str = "find / -xdev \\( -path /proc -o -path /sys -o -path /var/lib/docker -o -path /var/lib/containerd \\) \
                       -prune -o -newer /run/lab-mark -type f -print | grep -vE '^/run/(lab-|docker)'";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_lines_in_logs_is_left_of_a_sweep() {
    let Some(lab) = lab() else { return };
    let server = Server::start(
        lab,
        Setup {
            host: HOST,
            config: "",
            key_options: "",
        },
    );
    for (user, sudo) in [("root", false), ("deploy", false), ("ops", true)] {
        let before = lab.in_host(HOST, PROCESSES).out;
        let marked = lab.in_host(HOST, "touch /run/lab-mark");
        assert!(marked.ok, "{marked:?}");
        let ran = commands(lab, HOST).len();
        let logins = server.logins();
        let mut spec = over(server.target(user), None);
        spec.sudo = if sudo {
            plimsoll::inventory::spec::Sudo::Auto
        } else {
            plimsoll::inventory::spec::Sudo::Never
        };
        let outcome = read(&dialer(), &spec).await;
        assert!(outcome.read.unwrap().evidence.engine.info.is_ok());

        assert_eq!(server.logins(), logins + 1, "{user}");
        assert!(commands(lab, HOST).len() - ran <= 8, "{user}");
        let until = std::time::Instant::now() + super::PATIENCE;
        loop {
            let after = lab.in_host(HOST, PROCESSES).out;
            if after == before {
                break;
            }
            assert!(
                std::time::Instant::now() < until,
                "{user}: before\n{before}\nafter\n{after}"
            );
            tokio::task::yield_now().await;
        }
        let changed = lab.in_host(HOST, CHANGED).out;
        let strange: Vec<&str> = changed
            .lines()
            .filter(|path| !path.starts_with("/var/log/") && !path.starts_with("/run/sudo/"))
            .collect();
        assert_eq!(strange, Vec::<&str>::new(), "{user}");
    }
}
