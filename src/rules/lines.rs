//! Where lines begin in a text: looked up once, whatever is told about it.

/// The beginnings of the lines of a text.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            text,
            starts: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        }
    }

    /// The line that a byte is in, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// The line and the column in characters, from 1; `at` is where a character begins.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line(at);
        let start = self.starts[line - 1];
        let before = self.text.get(start..at).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one() {
        let lines = Lines::of("ab\nøæ\n");
        let places = [0, 2, 3, 5, 8].map(|at| lines.place(at));
        assert_eq!(places, [(1, 1), (1, 3), (2, 1), (2, 2), (3, 1)]);
        assert_eq!(Lines::of("").place(0), (1, 1));
    }
}
