//! The daemon's configuration file: strict JSON, with every fault that the engine or a person would stumble over.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::domain::text::clean;

/// A JSON value that keeps members in order, and keeps those that occur twice.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is not a whole one of 64 bits, as it was written.
    Number(String),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// The members of the file, or why it cannot be understood, with line and column. An empty file has no members.
pub(super) fn parse(raw: &[u8]) -> Result<Vec<(String, Node)>, String> {
    if raw.starts_with(b"\xef\xbb\xbf") {
        return Err("starts with a byte order mark at line 1 column 1".to_owned());
    }
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    match serde_json::from_slice(raw) {
        Ok(Node::Map(members)) => Ok(members),
        Ok(_) => Err("is not an object at line 1 column 1".to_owned()),
        Err(error) => Err(
            match raw
                .split(|byte| *byte == b'\n')
                .nth(error.line().saturating_sub(1))
            {
                Some(line) if is_comment(line) => {
                    format!(
                        "holds a comment at line {} column {}",
                        error.line(),
                        error.column()
                    )
                }
                // The parser's messages name what was expected, never what was there.
                _ => clean(&error.to_string()),
            },
        ),
    }
}

fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(b"//") || line.starts_with(b"#") || line.starts_with(b"/*")
}

/// Members that occur more than once, by their path such as `log-opts.max-size`.
pub(super) fn duplicates(members: &[(String, Node)]) -> Vec<String> {
    let mut found = Vec::new();
    collect_duplicates(members, "", &mut found);
    found
}

fn collect_duplicates(members: &[(String, Node)], above: &str, found: &mut Vec<String>) {
    for (at, (key, value)) in members.iter().enumerate() {
        let path = format!("{above}{}", clean(key));
        if members.iter().take(at).any(|(other, _)| other == key) && !found.contains(&path) {
            found.push(path.clone());
        }
        if let Node::Map(inner) = value {
            collect_duplicates(inner, &format!("{path}."), found);
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value)
            .map_or_else(|_too_large| Node::Number(value.to_string()), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(Node::List(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut found = Vec::new();
        while let Some(member) = members.next_entry()? {
            found.push(member);
        }
        Ok(Node::Map(found))
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, duplicates, parse};

    #[test]
    fn faults_are_told_with_their_place() {
        for (raw, want) in [
            ("{\n  // why\n  \"icc\": false\n}", "comment at line 2"),
            ("{\"icc\": false,}", "line 1 column 15"),
            ("\u{feff}{}", "byte order mark"),
            ("[]", "not an object"),
            ("{\"icc\": false} x", "line 1 column 16"),
            ("{\"icc\": fals}", "line 1"),
        ] {
            let told = parse(raw.as_bytes()).unwrap_err();
            assert!(told.contains(want), "{raw}: {told}");
        }
        assert_eq!(parse(b" \n"), Ok(Vec::new()));
    }

    #[test]
    fn a_fault_never_repeats_what_was_there() {
        let told = parse(b"{\"log-opts\": {\"splunk-token\": hunter2}}").unwrap_err();
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn members_that_occur_twice_are_named() {
        let members =
            parse(b"{\"a\":1,\"log-opts\":{\"x\":\"1\",\"x\":\"2\"},\"a\":true,\"a\":null}")
                .unwrap();
        assert_eq!(duplicates(&members), ["log-opts.x", "a"]);
        assert_eq!(members[2].1, Node::Bool(true));
    }
}
