//! The first bytes that came in on a connection: they say what answered when it was not what was asked for.

use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are kept.
const KEEP: usize = 256;

/// Shared between the stream that fills it and whoever explains a failure.
#[derive(Debug, Clone, Default)]
pub(super) struct Head(Arc<Mutex<Vec<u8>>>);

impl Head {
    /// A copy of what has come in so far.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Adds what has just come in, as far as there is room; tells whether there is more.
    pub(super) fn add(&self, bytes: &[u8]) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEEP.saturating_sub(kept.len());
        kept.extend(bytes.iter().take(room));
        kept.len() < KEEP
    }
}

/// Whether `bytes` begin like a record of TLS.
pub(super) fn looks_like_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=23, 3, ..])
}

/// The status of an HTTP answer that `bytes` begin with.
pub(super) fn http_status(bytes: &[u8]) -> Option<u16> {
    let rest = bytes.strip_prefix(b"HTTP/1.")?;
    let digits = rest.get(2..5)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
