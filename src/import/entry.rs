//! A host as it will stand in an inventory.

/// A host with what is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its groups, the one whose settings count most first.
    pub groups: Vec<String>,
    /// How it is reached.
    pub settings: Settings,
}

/// How a host is reached; the words of an inventory (`docs/inventory.md`). What is not said is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the settings")]
pub struct Settings {
    pub endpoint: Option<String>,
    pub user: Option<String>,
    pub identity_file: Vec<String>,
    pub known_hosts: Vec<String>,
    pub host_key: Option<String>,
    pub jump: Vec<String>,
    pub connect_timeout: Option<String>,
    pub tls: Option<Tls>,
    pub insecure: bool,
}

/// TLS material of an engine: paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the settings")]
pub struct Tls {
    pub ca: Option<String>,
    pub system_roots: bool,
    pub cert: Option<String>,
    pub key: Option<String>,
}

impl Tls {
    fn inline(&self) -> String {
        let files = [("ca", &self.ca), ("cert", &self.cert), ("key", &self.key)];
        let mut parts: Vec<String> = files
            .into_iter()
            .filter_map(|(key, path)| Some(format!("{key} = {}", quoted(path.as_deref()?))))
            .collect();
        if self.system_roots {
            parts.push("system_roots = true".to_owned());
        }
        format!("{{ {} }}", parts.join(", "))
    }
}

/// A key of an inventory and its value in TOML.
pub(super) type Line = (&'static str, String);

impl Settings {
    /// The settings that a host shares with others, one after another; the endpoint is its own.
    pub(super) fn lines(&self) -> Vec<Line> {
        let one = |value: &Option<String>| value.as_deref().map(quoted);
        let some = |values: &[String]| match values {
            [] => None,
            [one] => Some(quoted(one)),
            many => Some(list(many)),
        };
        let jump = (!self.jump.is_empty()).then(|| list(&self.jump));
        let tls = self.tls.as_ref().map(Tls::inline);
        let lines = [
            ("user", one(&self.user)),
            ("identity_file", some(&self.identity_file)),
            ("known_hosts", some(&self.known_hosts)),
            ("host_key", one(&self.host_key)),
            ("jump", jump),
            ("connect_timeout", one(&self.connect_timeout)),
            ("tls", tls),
            ("insecure", self.insecure.then(|| "true".to_owned())),
        ];
        lines
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }
}

/// A text in TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A list of texts in TOML.
pub(super) fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}
