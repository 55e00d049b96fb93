//! Jump hosts: two of them in a row, and a hundred hosts behind one.

use futures_util::future::join_all;
use plimsoll::inventory::spec::HostSpec;

use super::{Server, Setup, dialer, over, read};
use crate::harness::lab;

fn plain(host: &str) -> Setup<'_> {
    Setup {
        host,
        config: "",
        key_options: "",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hops_lead_to_the_engine() {
    let Some(lab) = lab() else { return };
    let outer = Server::start(lab, plain("clean-26"));
    let inner = Server::start(lab, plain("clean-26"));
    let target = Server::start(lab, plain("no-forward"));
    let spec = HostSpec {
        jumps: vec![outer.target("auditor"), inner.target("auditor")],
        ..over(target.target("root"), None)
    };
    let outcome = read(&dialer(), &spec).await;
    let collected = outcome.read.unwrap();
    assert_eq!(collected.engine_failure, None);
    assert_eq!(outcome.route, "forwarded /var/run/docker.sock");
    assert_eq!((outer.logins(), inner.logins(), target.logins()), (1, 1, 1));
}

/// The bastion has the limits that it has by default: ten logins that are not finished, then ever more are dropped.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_hosts_behind_one_bastion_cost_it_one_login_and_none_is_lost() {
    let Some(lab) = lab() else { return };
    let bastion = Server::start(
        lab,
        Setup {
            config: "MaxStartups 10:30:100\nMaxSessions 10",
            ..plain("no-forward")
        },
    );
    let targets = Server::start_many(lab, plain("clean-26"), 100);
    let dialer = dialer();
    let specs: Vec<HostSpec> = targets
        .iter()
        .map(|target| HostSpec {
            jumps: vec![bastion.target("auditor")],
            connect_timeout: super::PATIENCE * 2,
            ..over(target.target("root"), None)
        })
        .collect();
    let dials = specs.iter().map(|spec| read_engine(&dialer, spec));
    let failures: Vec<String> = join_all(dials)
        .await
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(bastion.logins(), 1);
    assert_eq!(bastion.log().matches("MaxStartups").count(), 0);
    assert!(targets.iter().all(|target| target.logins() == 1));
}

/// Logs in and asks the engine for a sign of life.
async fn read_engine(dialer: &plimsoll::transport::Dialer, spec: &HostSpec) -> Result<(), String> {
    use plimsoll::transport::Dial as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let connection = dialer
        .dial(spec, &|_| {})
        .await
        .map_err(|failure| format!("{failure:?}"))?;
    let mut stream = connection
        .open_engine()
        .await
        .map_err(|failure| format!("{failure:?}"))?;
    let mut answer = vec![0; 15];
    let asking = async {
        stream
            .write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
            .await?;
        stream.read_exact(&mut answer).await
    };
    asking.await.map_err(|error| error.to_string())?;
    connection.close().await;
    (answer == b"HTTP/1.1 200 OK")
        .then_some(())
        .ok_or_else(|| String::from_utf8_lossy(&answer).into_owned())
}
