//! What is wrong is told where it is, with what was probably meant.

use super::super::{DEEPEST, LONGEST, parse};

/// What is said of an expression: the place is what stands between ⟦ and ⟧.
fn check(marked: &str, message: &str) {
    let source = marked.replace(['⟦', '⟧'], "");
    let problem = parse(&source).expect_err(&source);
    let mut shown = source.clone();
    shown.insert(problem.span.end, '⟧');
    shown.insert(problem.span.start, '⟦');
    let meant = problem.suggestion.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default();
    assert_eq!((shown.as_str(), format!("{}{meant}", problem.message).as_str()), (marked, message));
}

#[test]
fn operators_of_other_languages() {
    check("a ⟦=⟧ 'x'", "`=` is no operator; did you mean `==`?");
    check("a ⟦===⟧ 'x'", "`===` is no operator; did you mean `==`?");
    check("a.exists(x, x.y ⟦=⟧ 1)", "`=` is no operator; did you mean `==`?");
    check("a ⟦and⟧ b", "`and` is no operator; did you mean `&&`?");
    check("(a ⟦OR⟧ b)", "`OR` is no operator; did you mean `||`?");
    check("⟦not⟧ a", "`not` is no operator; did you mean `!`?");
    check("a && ⟦not⟧ b", "`not` is no operator; did you mean `!`?");
    check("f(⟦not⟧ a)", "`not` is no operator; did you mean `!`?");
    check("a ⟦not⟧ in b", "`not` is no operator; write `!(a in b)` for what is not in a list");
    check("a ⟦&⟧ b", "`&` is no operator; did you mean `&&`?");
    check("a ⟦|⟧ b", "`|` is no operator; did you mean `||`?");
    check("a ⟦<>⟧ b", "`<>` is no operator; did you mean `!=`?");
    check("a ⟦=>⟧ b", "`=>` is no operator; did you mean `>=`?");
    check("a ⟦is⟧ null", "`is` is no operator; did you mean `==`?");
    check("a ⟦≠⟧ b", "`≠` is no operator; did you mean `!=`?");
}

#[test]
fn brackets() {
    check("a && ⟦(⟧b || c", "this `(` is not closed: `)` is missing");
    check("a.exists⟦(⟧x, x.y == 1", "this `(` is not closed: `)` is missing");
    check("[f⟦(⟧1, 2]", "this `(` is not closed: `)` is missing before a `]`");
    check("a⟦[⟧0 == 1", "this `[` is not closed: `]` is missing");
    check("f(⟦{⟧a: 1)", "this `{` is not closed: `}` is missing before a `)`");
    check("(a)⟦)⟧", "`)` closes nothing that is open here");
    check("f(a ⟦b⟧)", "an operator, `,` or `)` is expected here, and not `b`");
    check("(a ⟦b⟧)", "an operator or `)` is expected here, and not `b`");
}

#[test]
fn text() {
    check("a == ⟦'⟧x", "this text is not closed: ' is missing; text of several lines stands in three quotes");
    check("a == ⟦\"⟧x\n\"", "this text is not closed: \" is missing; text of several lines stands in three quotes");
    check("⟦'''⟧x", "this text is not closed: ''' is missing");
    check("a == ⟦“⟧x”", "`“` is no quotation mark of the language; did you mean `\"`?");
    check("a == ⟦‘⟧x’", "`‘` is no quotation mark of the language; did you mean `'`?");
    check("a.matches('⟦\\d⟧+')", "`\\d` is no escape: write `\\\\` for a backslash, or r'…' for text without escapes");
    check("⟦b⟧'x'", "the language has text, and no bytes");
}

#[test]
fn what_is_expected() {
    check("⟦⟧", "an operand is expected here, and not the end");
    check("a ==⟦⟧", "an operand is expected here, and not the end");
    check("a && ⟦)⟧", "an operand is expected here, and not `)`");
    check("a ⟦b⟧", "an operator is expected here, and not `b`");
    check("a.⟦⟧", "the name of a member is expected after `.`, and not the end");
    check("a.⟦in⟧", "`in` is a word of the language; the member is written x[\"in\"]");
    check("⟦if⟧ a", "`if` is reserved: it is no name");
    check("a ⟦?⟧ b", "`?` needs a `:`, and what it is otherwise");
    check("{a ⟦1⟧}", "`:` and a value are expected here, and not `1`");
    check("has(⟦a⟧)", "`has` asks for a member: has(x.y)");
    check("a.exists(⟦1⟧, b)", "the first argument of `exists` is the name of a variable: exists(item, …)");
    check("⟦9223372036854775808⟧ > 1", "`9223372036854775808` is out of range");
    check("a == ⟦ä⟧", "names have letters from a to z, and not `ä`");
}

/// Sixteen kilobytes of anything neither take long nor overflow the stack that a thread has.
#[test]
fn bounds() {
    let hostile = || {
        for unit in [
            "(", "[", "{", "!", "-", "!-", "a.", "a[", "f(", "a?", "a?b:", "1+", "a&&", "{a:", "a.map(x,", "'", "\\",
            "a ", "[[1],", "has(",
        ] {
            let source = unit.repeat(LONGEST / unit.len());
            let _ = parse(&source);
            let _ = parse(&format!("{source}a"));
        }
        let nested = |levels: usize| parse(&format!("{}a{}", "(".repeat(levels), ")".repeat(levels)));
        assert!(nested(DEEPEST - 1).is_ok());
        assert!(nested(DEEPEST + 1).unwrap_err().message.contains("nested"));
        let members = |levels: usize| parse(&format!("a{}", ".b".repeat(levels)));
        assert!(members(DEEPEST - 1).is_ok());
        assert!(members(DEEPEST).unwrap_err().message.contains("nested"));
        assert!(parse(&vec!["a"; 4_000].join("&&")).is_ok());
        assert!(parse(&" ".repeat(LONGEST + 1)).unwrap_err().message.contains("longer"));
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(hostile).unwrap().join().unwrap();
}
