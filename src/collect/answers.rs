//! What the engine answered, by request.

use std::collections::BTreeMap;

use crate::domain::gap::{Gap, Known};

/// The bodies of an engine's answers by path, without version prefix and query.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    bodies: BTreeMap<String, Known<Vec<u8>>>,
    unasked: Option<Gap>,
    /// Our clock at the moment the engine wrote its answer to `/info`, milliseconds since 1970-01-01 UTC.
    pub info_at: Option<i64>,
    /// The window of time that was asked of `/events`, by the engine's clock in seconds since 1970-01-01 UTC.
    pub window: Option<(i64, i64)>,
}

impl Answers {
    /// No answer at all, for one reason.
    pub fn none(gap: Gap) -> Self {
        Self {
            unasked: Some(gap),
            ..Self::default()
        }
    }

    /// The same answers; what was not asked is missing for `gap`.
    #[must_use]
    pub fn or_because(mut self, gap: Option<Gap>) -> Self {
        self.unasked = gap.or(self.unasked);
        self
    }

    /// Keeps the answer to a request; `target` may carry a version prefix and a query.
    pub fn insert(&mut self, target: &str, body: Known<Vec<u8>>) {
        self.bodies.insert(key(target).to_owned(), body);
    }

    /// The answer to a request, or why there is none.
    pub fn get(&self, path: &str) -> Known<&[u8]> {
        match self.bodies.get(key(path)) {
            Some(Ok(body)) => Ok(body),
            Some(Err(gap)) => Err(gap.clone()),
            None => Err(self
                .unasked
                .clone()
                .unwrap_or_else(|| Gap::no_data(format!("GET {} was not asked", key(path))))),
        }
    }

    /// Every answer, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Known<Vec<u8>>)> {
        self.bodies.iter().map(|(path, body)| (path.as_str(), body))
    }
}

/// The path of a target without version prefix and query.
fn key(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    path.strip_prefix("/v1.")
        .and_then(|rest| rest.find('/').and_then(|slash| rest.get(slash..)))
        .unwrap_or(path)
}
