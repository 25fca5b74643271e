//! The little Markdown that controls are written in, as escaped HTML: paragraphs, lists, code, bold.
//!
//! Anything else stays text: a control from a custom pack cannot bring markup or links of its own into the page.

use maud::{Markup, html};

use crate::report::text::printable;

/// The longest text that is shown; a control's documentation is far shorter.
const LONGEST: usize = 8_000;

enum Block<'a> {
    Paragraph(String),
    List { ordered: bool, items: Vec<String> },
    Code(Vec<&'a str>),
}

/// The text as HTML.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for block in blocks(cut(text)) {
            @match block {
                Block::Paragraph(text) => p { (inline(&text)) },
                Block::List { ordered: true, items } => ol { @for item in items { li { (inline(&item)) } } },
                Block::List { ordered: false, items } => ul { @for item in items { li { (inline(&item)) } } },
                Block::Code(lines) => pre tabindex="0" { code { (printable_lines(lines.into_iter())) } },
            }
        }
    }
}

/// A sentence of a witness: what stands between backticks is code. Names in it are strangers, so nothing else is markup.
pub(super) fn sentence(text: &str) -> Markup {
    let text = printable(text);
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Code as a block.
pub(super) fn code_block(text: &str) -> Markup {
    html! { pre tabindex="0" { code { (printable_lines(cut(text).trim_end().lines())) } } }
}

fn printable_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(printable).collect::<Vec<_>>().join("\n")
}

fn cut(text: &str) -> &str {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut fenced: Option<Vec<&str>> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(mut lines) = fenced.take() {
            if trimmed.starts_with("```") {
                blocks.push(Block::Code(lines));
            } else {
                lines.push(line);
                fenced = Some(lines);
            }
        } else if trimmed.starts_with("```") {
            fenced = Some(Vec::new());
        } else if trimmed.is_empty() {
            blocks.push(Block::Paragraph(String::new()));
        } else if let Some((ordered, item)) = list_item(trimmed) {
            match blocks.iter_mut().rev().find(|block| !matches!(block, Block::Paragraph(text) if text.is_empty())) {
                Some(Block::List { ordered: same, items }) if *same == ordered => items.push(item.to_owned()),
                _ => blocks.push(Block::List { ordered, items: vec![item.to_owned()] }),
            }
        } else {
            continue_block(&mut blocks, trimmed, line.starts_with(' '));
        }
    }
    blocks.extend(fenced.map(Block::Code));
    blocks.retain(|block| !matches!(block, Block::Paragraph(text) if text.is_empty()));
    blocks
}

/// A line of running text belongs to the paragraph above it, or to the list item above it when it is indented.
fn continue_block(blocks: &mut Vec<Block<'_>>, text: &str, is_indented: bool) {
    match blocks.last_mut() {
        Some(Block::Paragraph(paragraph)) if !paragraph.is_empty() => {
            paragraph.push(' ');
            paragraph.push_str(text);
        }
        Some(Block::List { items, .. }) if is_indented => {
            if let Some(item) = items.last_mut() {
                item.push(' ');
                item.push_str(text);
            }
        }
        _ => blocks.push(Block::Paragraph(text.to_owned())),
    }
}

/// `1. text` or `- text`.
fn list_item(line: &str) -> Option<(bool, &str)> {
    if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, item));
    }
    let (number, item) = line.split_once(". ")?;
    (number.len() <= 2 && number.chars().all(|c| c.is_ascii_digit())).then_some((true, item))
}

/// Code and bold inside a line.
fn inline(text: &str) -> Markup {
    let text = printable(text);
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } }
            @else {
                @for (index, part) in part.split("**").enumerate() {
                    @if index % 2 == 1 { strong { (part) } } @else { (part) }
                }
            }
        }
    }
}
