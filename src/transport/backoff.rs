//! How long to wait before something is tried again: twice as long each time, and never quite as long as others wait.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The waits of one series of attempts.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Waits that begin around `first` and do not grow beyond `longest`.
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            next: first,
            longest,
        }
    }

    /// The next wait: between half of its length and all of it, so that those who were turned away together do not come
    /// back together.
    pub(super) fn wait(&mut self) -> Duration {
        let full = self.next.min(self.longest);
        self.next = full.saturating_mul(2);
        // The keys of a hasher are the random numbers that the standard library has to give.
        let spread = u32::try_from(RandomState::new().hash_one(full) % 1000).unwrap_or_default();
        full / 2 + full.mul_f64(0.5) * spread / 1000
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn waits_grow_to_their_limit_and_differ() {
        let ms = Duration::from_millis;
        let series = || {
            let mut backoff = Backoff::new(ms(100), ms(1000));
            (0..6).map(|_| backoff.wait()).collect::<Vec<_>>()
        };
        let waits = series();
        for (wait, full) in waits.iter().zip([100, 200, 400, 800, 1000, 1000]) {
            assert!(*wait >= ms(full) / 2 && *wait <= ms(full), "{waits:?}");
        }
        assert_ne!(waits, series());
    }
}
