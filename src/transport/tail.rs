//! The last of what a command wrote to its standard error.

use crate::domain::text;

/// Bytes that are kept.
const KEEP: usize = 4 << 10;

/// The tail of a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
}

impl Tail {
    /// Adds what was written.
    pub(super) fn push(&mut self, new: &[u8]) {
        self.bytes.extend_from_slice(new);
        // Cut rarely, not at every push.
        if self.bytes.len() > 2 * KEEP {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let surplus = self.bytes.len().saturating_sub(KEEP);
        self.bytes.drain(..surplus);
    }

    /// The kept lines on one line, each cleaned for display.
    pub(super) fn text(mut self) -> String {
        self.cut();
        let text = String::from_utf8_lossy(&self.bytes);
        let lines: Vec<String> = text
            .lines()
            .map(|line| text::clean(line.trim_end()))
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("; ")
    }
}
