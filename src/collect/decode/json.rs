//! JSON from a stranger: bounded in depth and size, and models that survive words they do not know.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

/// Values in the answer to a list; each costs some 80 bytes of memory however short its text is.
pub(super) const MOST_IN_LIST: u32 = 2_000_000;
/// Values in the answer about one object.
pub(super) const MOST_IN_OBJECT: u32 = 100_000;

/// The body of the answer to `what` as JSON of at most `most` values.
pub(super) fn parse(what: &str, body: &[u8], most: u32) -> Known<Value> {
    let mut budget = most;
    let mut reader = serde_json::Deserializer::from_slice(body);
    let parsed = Bounded(&mut budget)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    parsed.map_err(|error| {
        // The error's own text may quote the answer.
        let why = match error.classify() {
            serde_json::error::Category::Eof => "ends in the middle of JSON".to_owned(),
            _ if budget == 0 => format!("holds more than {most} values"),
            _ => format!(
                "is not JSON at line {} column {}",
                error.line(),
                error.column()
            ),
        };
        Gap::protocol(format!("answer to GET {what} {why}"))
    })
}

/// `value` as one of the API's models.
pub(super) fn model<T: DeserializeOwned>(what: &str, value: Value) -> Known<T> {
    serde_json::from_value(value).map_err(|error| {
        // Only what was wanted is said: what was there may be a secret.
        let text = error.to_string();
        let wanted = text.rsplit_once("expected ").map_or_else(
            || {
                if text.starts_with("missing field") {
                    text.as_str()
                } else {
                    "another form"
                }
            },
            |(_, wanted)| wanted,
        );
        Gap::protocol(format!(
            "answer to GET {what} does not have the form of the API: wanted {}",
            clean(wanted)
        ))
    })
}

/// The members of a JSON array.
pub(super) fn members(what: &str, value: Value) -> Known<Vec<Value>> {
    match value {
        Value::Array(members) => Ok(members),
        // Go writes an empty list as null.
        Value::Null => Ok(Vec::new()),
        _ => Err(Gap::protocol(format!("answer to GET {what} is not a list"))),
    }
}

/// Takes the word at `pointer` out of `value`. The models know a fixed set of words there and refuse any other; rules
/// compare words and know which they want.
pub(super) fn take_word(value: &mut Value, pointer: &str) -> Option<String> {
    match value.pointer_mut(pointer)?.take() {
        Value::String(word) => Some(clean(&word)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Same for the member `key` of each object of the array at `pointer`.
pub(super) fn take_words(value: &mut Value, pointer: &str, key: &str) -> Vec<Option<String>> {
    value
        .pointer_mut(pointer)
        .and_then(Value::as_array_mut)
        .map(|members| {
            members
                .iter_mut()
                .map(|member| take_word(member, key))
                .collect()
        })
        .unwrap_or_default()
}

/// Each of `pointers` has to be there: engines always write these, and a missing one must not be read as a default.
pub(super) fn require(what: &str, value: &Value, pointers: &[&str]) -> Known<()> {
    match pointers
        .iter()
        .find(|pointer| value.pointer(pointer).is_none())
    {
        None => Ok(()),
        Some(missing) => Err(Gap::protocol(format!(
            "answer to GET {what} lacks {}",
            missing.trim_start_matches('/').replace('/', ".")
        ))),
    }
}

/// The text at `pointer`, cleaned; for identifying an object whose model failed.
pub(super) fn peek(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(clean)
        .unwrap_or_default()
}

/// Deserializes a [`Value`] and counts down for each value in it.
struct Bounded<'a>(&'a mut u32);

impl Bounded<'_> {
    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        *self.0 = self
            .0
            .checked_sub(1)
            .ok_or_else(|| E::custom("too many values"))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = seq.next_element_seed(Bounded(self.0))? {
            members.push(member);
        }
        Ok(Value::Array(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Bounded(self.0))?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}
