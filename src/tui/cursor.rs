//! Where a list or a text is: what is selected and what is seen of it.

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The selected position.
    pub at: usize,
    /// The first position shown.
    pub top: usize,
}

/// A movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// By so many positions.
    By(isize),
    /// To the first.
    First,
    /// To the last.
    Last,
    /// By a page.
    Page(isize),
    /// By half a page.
    Half(isize),
}

impl Step {
    /// The position reached from `at` among `length` with `seen` of them shown.
    pub fn from(self, at: usize, length: usize, seen: usize) -> usize {
        let last = length.saturating_sub(1);
        let by = match self {
            Self::First => return 0,
            Self::Last => return last,
            Self::By(by) => by,
            Self::Page(by) => by * isize::try_from(seen.saturating_sub(1).max(1)).unwrap_or(1),
            Self::Half(by) => by * isize::try_from((seen / 2).max(1)).unwrap_or(1),
        };
        at.saturating_add_signed(by).min(last)
    }
}

impl Cursor {
    /// Moves the selection.
    pub fn step(&mut self, step: Step, length: usize, seen: usize) {
        self.at = step.from(self.at, length, seen);
        self.fit(length, seen);
    }

    /// Keeps selection and view inside a list of `length` of which `seen` fit.
    pub fn fit(&mut self, length: usize, seen: usize) {
        self.at = self.at.min(length.saturating_sub(1));
        self.top = self.top.min(length.saturating_sub(seen));
        if self.at < self.top {
            self.top = self.at;
        } else if seen > 0 && self.at >= self.top + seen {
            self.top = self.at + 1 - seen;
        }
    }

    /// Moves the selection to `at` and the view with it, so that the selected row stays on its line of the screen.
    pub fn follow(&mut self, at: usize) {
        let line = self.at.saturating_sub(self.top);
        self.at = at;
        self.top = at.saturating_sub(line);
    }
}
