//! The blocks of a fragment: each begins in the first column, with the comment that stands above it.

/// What the comment above a block begins with that is no more than a part of a definition.
const PART: &str = "# Part of ";

/// The blocks of a fragment, one after the other: a line that `begins` one, what is above it as a comment, and what is
/// below it.
pub(super) fn blocks(text: &str, begins: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    let (mut at, mut comment) = (0, None);
    for line in text.split_inclusive('\n') {
        if begins(line) {
            starts.push(comment.take().unwrap_or(at));
        }
        comment = if line.starts_with('#') { comment.or(Some(at)) } else { None };
        at += line.len();
    }
    // What stands before the first block belongs to it.
    starts.first_mut().into_iter().for_each(|first| *first = 0);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

/// Whether a block says of itself that it is a part of a definition that is there.
pub(super) fn is_part(block: &str) -> bool {
    block.trim_start().starts_with(PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_belongs_to_the_block_below_it() {
        let text = "# Part of a\na:\n  x: 1\n# Of b\n# and more\nb:\n  # within\n  y: 2\n";
        let blocks = blocks(text, |line| line.starts_with(|first: char| first.is_ascii_alphabetic()));
        assert_eq!(blocks, ["# Part of a\na:\n  x: 1\n", "# Of b\n# and more\nb:\n  # within\n  y: 2\n"]);
        assert!(is_part(blocks[0]) && !is_part(blocks[1]));
        assert!(super::blocks("# nothing\n", |_| false).is_empty());
    }
}
