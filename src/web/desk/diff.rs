//! What changed between two texts, line by line.

use maud::{Markup, html};

/// More lines than this on both sides are told as replaced, not compared.
const MOST_COMPARED: usize = 2_000;
/// How many unchanged lines stand around a change.
const AROUND: usize = 2;

/// A line, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The lines of both texts, in order.
pub(super) fn diff<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old
        .iter()
        .zip(&new)
        .take_while(|(one, other)| one == other)
        .count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let (old_mid, new_mid) = (
        &old_rest[..old_rest.len() - tail],
        &new_rest[..new_rest.len() - tail],
    );
    let mut lines: Vec<Line> = old[..head].iter().copied().map(Line::Same).collect();
    middle(old_mid, new_mid, &mut lines);
    lines.extend(old[old.len() - tail..].iter().copied().map(Line::Same));
    lines
}

/// The longest common lines, by the table that every textbook has.
fn middle<'a>(old: &[&'a str], new: &[&'a str], lines: &mut Vec<Line<'a>>) {
    if old.len() > MOST_COMPARED || new.len() > MOST_COMPARED {
        lines.extend(old.iter().copied().map(Line::Gone));
        lines.extend(new.iter().copied().map(Line::New));
        return;
    }
    let width = new.len() + 1;
    let mut longest = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(Line::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j >= new.len()
            || (i < old.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])
        {
            lines.push(Line::Gone(old[i]));
            i += 1;
        } else {
            lines.push(Line::New(new[j]));
            j += 1;
        }
    }
}

/// The changes with a little around them.
pub(super) fn markup(lines: &[Line]) -> Markup {
    let changed = |at: usize| !matches!(lines[at], Line::Same(_));
    let near = |at: usize| {
        let from = at.saturating_sub(AROUND);
        (from..(at + AROUND + 1).min(lines.len())).any(changed)
    };
    html! {
        pre class="diff" tabindex="0" {
            @for (at, line) in lines.iter().enumerate() {
                @if near(at) {
                    @match line {
                        Line::Same(text) => { "  " (text) "\n" }
                        Line::Gone(text) => { del { "− " (text) "\n" } }
                        Line::New(text) => { ins { "+ " (text) "\n" } }
                    }
                } @else if at > 0 && near(at - 1) { span class="quiet" { "⋯\n" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told_as_changed() {
        let lines = diff("a\nb\nc\nd", "a\nx\nc\nd\ne");
        assert_eq!(
            lines,
            [
                Line::Same("a"),
                Line::Gone("b"),
                Line::New("x"),
                Line::Same("c"),
                Line::Same("d"),
                Line::New("e"),
            ]
        );
        assert!(diff("", "").is_empty());
        assert_eq!(diff("", "a"), [Line::New("a")]);
        assert_eq!(diff("a\na", "a"), [Line::Same("a"), Line::Gone("a")]);
    }
}
