//! Markdown as HTML and as plain text. Links lead to pages of the site, or to the web over TLS; markup within the text is
//! shown as text, so that no pack brings scripts or pictures into a page.

use maud::{Markup, PreEscaped};
use plumbline_baseline::pack::handbook::link::Target;
use plumbline_baseline::printable::printable_text;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The text as HTML; headings go down by `deeper`, and `href` says where a link of the handbook leads.
pub(crate) fn render(text: &str, deeper: usize, href: &dyn Fn(&Target<'_>) -> String) -> Markup {
    let text = printable_text(text);
    let parser = Parser::new_ext(&text, Options::ENABLE_TABLES);
    let events = parser.map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Image { title, .. }) => Event::Text(title),
        Event::End(TagEnd::Image) => Event::Text(CowStr::Borrowed("")),
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: lower(level, deeper), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level, deeper))),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = match Target::of(&dest_url) {
                Some(target) => CowStr::from(href(&target)),
                None if dest_url.starts_with("https://") || dest_url.starts_with('#') => dest_url,
                None => CowStr::Borrowed("#"),
            };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        other => other,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    // Wide tables and code scroll by themselves, and with the keyboard.
    let out = out.replace("<pre>", "<pre tabindex=\"0\">");
    PreEscaped(
        out.replace("<table>", "<div class=\"scroll\" tabindex=\"0\"><table>").replace("</table>", "</table></div>"),
    )
}

/// The text without marks, on one line.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => out.push(' '),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lower(level: HeadingLevel, deeper: usize) -> HeadingLevel {
    HeadingLevel::try_from((level as usize + deeper).min(6)).unwrap_or(HeadingLevel::H6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html_of(text: &str) -> String {
        let href = |target: &Target<'_>| match target {
            Target::Process(id, Some(step)) => format!("../{id}#{step}"),
            other => panic!("{other:?}"),
        };
        render(text, 1, &href).into_string()
    }

    #[test]
    fn markup_in_the_text_stays_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "a <b onmouseover=alert(1)>b</b>",
            "![x](https://example.com/x.png \"t\")",
            "[x](javascript:alert(1))",
            "[x](data:text/html,a)",
            "[x](http://example.com)",
            "<https://example.com/\"onclick=\"alert(1)>",
            "[x](https://a \"x\\\" onclick=\\\"alert(1)\")",
        ] {
            let html = html_of(hostile);
            for bad in ["<script", "<img", "<b ", "javascript:", "data:", "\"http:", "\" onclick="] {
                assert!(!html.contains(bad), "{hostile}: {html}");
            }
        }
    }

    #[test]
    fn links_of_the_handbook_lead_to_its_pages_and_headings_go_down() {
        assert_eq!(html_of("# A"), "<h2>A</h2>\n");
        assert!(html_of("[x](process:a#b)").contains("href=\"../a#b\""));
        assert!(html_of("[x](https://docs.aws.amazon.com/)").contains("href=\"https://docs.aws.amazon.com/\""));
        assert_eq!(plain("A *b* `c` [d](https://e)\nf."), "A b c d f.");
    }
}
