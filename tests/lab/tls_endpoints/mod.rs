//! The table `table.toml`: each row is an endpoint behind TCP and what must come of asking the engine there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use plimsoll::domain::failure::Failure;
use plimsoll::inventory::spec::{HostSpec, TlsFiles};
use plimsoll::transport::classify_io;
use serde::Deserialize;

use crate::harness::{Lab, bounded, lab, run};
use crate::program::plimsoll;
use crate::transports::{dial, in_time, over_tcp, version};

const HOST: &str = "clean-26";
/// The lab's own address, on which the servers in front of the engine listen.
const HERE: &str = "10.77.0.1";
/// The first port of those servers.
const FIRST_PORT: u16 = 24_000;

#[derive(Debug, Deserialize)]
struct Table {
    endpoint: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    server: ServerSide,
    #[serde(default)]
    client: ClientSide,
    /// Class of the failure, then words that its message, causes or hint hold; nothing: the engine answers.
    #[serde(default)]
    expect: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ServerSide {
    /// The engine itself, at this port.
    engine: Option<u16>,
    plain: bool,
    /// Whether clients must show a certificate of the lab's authority.
    verify: bool,
    key: String,
    san: String,
    /// Days from now until the certificate ends; one that ends later than a year begins when a year is over.
    days: i32,
    /// More options of the listener.
    options: String,
}

impl Default for ServerSide {
    fn default() -> Self {
        Self {
            engine: None,
            plain: false,
            verify: true,
            key: "ec".to_owned(),
            san: format!("IP:{HERE},DNS:localhost"),
            days: 30,
            options: String::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClientSide {
    plain: bool,
    ca: String,
    system_roots: bool,
    /// A certificate of the lab; empty for none.
    cert: String,
    /// Instead of it one with a key of this kind, in this form.
    key: Option<String>,
    form: String,
    server_name: Option<String>,
}

impl Default for ClientSide {
    fn default() -> Self {
        Self {
            plain: false,
            ca: "ca".to_owned(),
            system_roots: false,
            cert: "cert".to_owned(),
            key: None,
            form: String::new(),
            server_name: None,
        }
    }
}

fn table() -> Vec<Row> {
    let table: Table = toml::from_str(include_str!("table.toml")).unwrap();
    let names: BTreeSet<&str> = table.endpoint.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), table.endpoint.len(), "two rows of one name");
    table.endpoint
}

fn openssl(arguments: &[&str]) {
    let done = run(bounded("openssl").args(arguments));
    assert!(done.ok, "{arguments:?}: {}", done.err);
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A key of `kind` in PKCS#8.
fn new_key(folder: &Path, name: &str, kind: &str) -> PathBuf {
    let file = folder.join(format!("{name}-key.pem"));
    let (algorithm, option) = match kind {
        "rsa" => ("RSA", "rsa_keygen_bits:2048"),
        "ec" => ("EC", "ec_paramgen_curve:P-256"),
        _ => ("ED25519", ""),
    };
    let mut arguments = vec!["genpkey", "-algorithm", algorithm, "-out", path(&file)];
    if !option.is_empty() {
        arguments.extend(["-pkeyopt", option]);
    }
    openssl(&arguments);
    file
}

/// A certificate of the lab's authority for `key`; from `start` to `end`, in days from now.
fn certificate(
    lab: &Lab,
    folder: &Path,
    name: &str,
    key: &Path,
    (usage, san): (&str, &str),
    days: (i32, i32),
) -> PathBuf {
    let file = folder.join(format!("{name}.pem"));
    let script = format!(
        "set -e; cd {folder}
         openssl req -new -key {key} -subj '/CN={name}' -out {name}.csr
         : >index.txt
         {{
             printf '[ca]\\ndefault_ca = lab\\n[lab]\\ndatabase = index.txt\\nnew_certs_dir = .\\n'
             printf 'default_md = sha256\\nrand_serial = yes\\npolicy = any\\n[any]\\ncommonName = supplied\\n'
             printf '[usage]\\nbasicConstraints = CA:FALSE\\nextendedKeyUsage = {usage}\\n'
             [ -z '{san}' ] || printf 'subjectAltName = {san}\\n'
         }} >ca.conf
         openssl ca -batch -notext -config ca.conf -extensions usage -cert {ca} -keyfile {ca_key} \\
             -startdate $(date -u -d '{start} days' +%Y%m%d%H%M%SZ) \\
             -enddate $(date -u -d '{end} days' +%Y%m%d%H%M%SZ) -in {name}.csr -out {name}.pem",
        folder = path(folder),
        key = path(key),
        ca = path(&lab.tls_file("ca.pem")),
        ca_key = path(&lab.tls_file("ca-key.pem")),
        start = days.0,
        end = days.1,
    );
    let made = run(bounded("sh").args(["-c", &script]));
    assert!(made.ok, "{}", made.err);
    file
}

/// A server in front of the engine; ends with the value.
struct Front(Child);

impl Front {
    fn start(lab: &Lab, folder: &Path, side: &ServerSide, port: u16) -> Self {
        let listener = if side.plain {
            format!("TCP-LISTEN:{port},bind={HERE},fork,reuseaddr")
        } else {
            let key = new_key(folder, "server", &side.key);
            let days = match side.days {
                ..=0 => (side.days - 1, side.days),
                days if days > 365 => (365, days),
                days => (-1, days),
            };
            let cert = certificate(lab, folder, "server", &key, ("serverAuth", &side.san), days);
            let options = match side.options.as_str() {
                "" => String::new(),
                options => format!(",{options}"),
            };
            format!(
                "OPENSSL-LISTEN:{port},bind={HERE},fork,reuseaddr,cert={},key={},cafile={},verify={}{options}",
                path(&cert),
                path(&key),
                path(&lab.tls_file("ca.pem")),
                u8::from(side.verify),
            )
        };
        let socket = lab.inside(HOST, "/run/docker.sock");
        // Directly, so that what is killed is the server and not somebody who watches over it.
        let child = Command::new("socat")
            .arg(listener)
            .arg(format!("UNIX-CONNECT:{}", path(&socket)))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // It may have ended by itself, which the row's outcome tells.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn files(lab: &Lab, folder: &Path, side: &ClientSide) -> TlsFiles {
    let pem = |name: &str| (!name.is_empty()).then(|| lab.tls_file(&format!("{name}.pem")));
    let (cert, key) = match &side.key {
        Some(kind) => {
            let key = new_key(folder, "client", kind);
            let cert = certificate(lab, folder, "client", &key, ("clientAuth", ""), (-1, 30));
            let formed = folder.join("client-formed.pem");
            let mut arguments = vec!["pkey", "-in", path(&key), "-out", path(&formed)];
            match side.form.as_str() {
                "traditional" => arguments.push("-traditional"),
                "encrypted" => arguments.extend(["-aes256", "-passout", "pass:open"]),
                _ => {}
            }
            openssl(&arguments);
            (Some(cert), Some(formed))
        }
        None => (pem(&side.cert), pem(&key_of(&side.cert))),
    };
    TlsFiles {
        ca: pem(&side.ca),
        system_roots: side.system_roots,
        cert,
        key,
        server_name: side.server_name.clone(),
    }
}

/// The lab's name of the key that belongs to a certificate.
fn key_of(cert: &str) -> String {
    match cert {
        "" => String::new(),
        cert => format!("{cert}-key"),
    }
}

/// The engine's version, or why it did not tell.
async fn ask(spec: &HostSpec) -> Result<String, Failure> {
    let connection = dial(spec).await?;
    let mut stream = in_time(connection.open_engine()).await?;
    // Some refusals come with the first answer only.
    version(&mut stream)
        .await
        .map_err(|error| classify_io(&error).unwrap_or_else(|| panic!("unexplained: {error}")))
}

async fn try_row(lab: &'static Lab, row: &Row, port: u16) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut front = None;
    let (address, port) = if let Some(engine) = row.server.engine {
        (lab.host(HOST).address.as_str(), engine)
    } else {
        front = Some(Front::start(lab, folder.path(), &row.server, port));
        (HERE, port)
    };
    let tls = (!row.client.plain).then(|| files(lab, folder.path(), &row.client));
    let spec = over_tcp(address, port, tls);
    let listening = async {
        while tokio::net::TcpStream::connect((address, port))
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    };
    in_time(listening).await;
    let found = ask(&spec).await;
    drop(front);
    let name = &row.name;
    match (found, row.expect.split_first()) {
        (Ok(answer), None) if answer.contains("ApiVersion") => Ok(()),
        (Ok(answer), _) => Err(format!("{name}: {answer}")),
        (Err(failure), None) => Err(format!("{name}: {failure:#?}")),
        (Err(failure), Some((class, words))) => {
            let told = format!(
                "{} {} {}",
                failure.message,
                failure.causes.join(" "),
                failure.hint
            );
            let silent = words.iter().any(|word| !told.contains(word.as_str()));
            if failure.class.word() == class && !silent {
                Ok(())
            } else {
                Err(format!("{name}: {failure:#?}, not {class}: {words:?}"))
            }
        }
    }
}

#[tokio::test]
async fn every_endpoint_of_the_table_ends_as_it_says() {
    let Some(lab) = lab() else { return };
    let only = std::env::var("PLIMSOLL_LAB_ROW").ok();
    let mut wrong = Vec::new();
    for (row, port) in table().iter().zip(FIRST_PORT..) {
        if only.as_ref().is_none_or(|only| *only == row.name) {
            wrong.extend(try_row(lab, row, port).await.err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn authorities_of_this_machine_vouch_where_the_inventory_says_so() {
    let Some(lab) = lab() else { return };
    let home = tempfile::tempdir().unwrap();
    let inventory = home.path().join("inventory.toml");
    let address = &lab.host(HOST).address;
    let text = format!(
        "version = 1\n[[hosts]]\nname = \"engine\"\nendpoint = \"tcp://{address}:2376\"\n\
         tls = {{ system_roots = true, cert = \"{}\", key = \"{}\" }}\n",
        path(&lab.tls_file("cert.pem")),
        path(&lab.tls_file("key.pem")),
    );
    std::fs::write(&inventory, text).unwrap();
    for (trusted, expected) in [("ca.pem", "assessed"), ("foreign-ca.pem", "failed")] {
        let swept = run(plimsoll(home.path())
            .env("SSL_CERT_FILE", lab.tls_file(trusted))
            .args(["sweep", "--format", "json", "--inventory"])
            .arg(&inventory));
        let report: serde_json::Value = serde_json::from_str(&swept.out).unwrap();
        assert_eq!(report["hosts"][0]["state"], expected, "{}", swept.err);
    }
}
