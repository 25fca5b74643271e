//! What was probably meant: marks and words of other languages.

/// What a mark or a word between two operands means in CEL.
pub(super) fn operator(written: &str) -> Option<&'static str> {
    Some(match written.to_ascii_lowercase().as_str() {
        "=" | "===" | "is" | "eq" | "equals" => "==",
        "<>" | "!==" | "ne" => "!=",
        "=<" | "le" => "<=",
        "=>" | "ge" => ">=",
        "&" | "and" => "&&",
        "|" | "or" => "||",
        "lt" => "<",
        "gt" => ">",
        "mod" => "%",
        _ => return None,
    })
}

/// Words that CEL keeps for itself.
pub(super) fn is_reserved(word: &str) -> bool {
    const RESERVED: [&str; 17] = [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ];
    RESERVED.contains(&word)
}
