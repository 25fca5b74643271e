//! Text inside AWS's answers that is a document itself: policies (JSON, URL-encoded by IAM) and the credential report
//! (CSV in base64). Text that does not decode is unread, never absent.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use plumbline_baseline::pack::collector::Decode;
use plumbline_baseline::{Doc, Key, Unread, UnreadReason};

/// Decodes text. Anything but text (null, unread, a document already) is returned as it is.
pub(crate) fn decode(value: Doc, how: Decode, operation: &str) -> Doc {
    let Doc::String(text) = &value else { return value };
    let decoded = match how {
        Decode::Json => json(text),
        Decode::Csv => csv_table(text),
    };
    decoded.unwrap_or_else(|detail| Doc::Unread(Arc::new(Unread::new(UnreadReason::ScannerError, operation, detail))))
}

fn json(text: &str) -> Result<Doc, String> {
    if text.trim().is_empty() {
        return Ok(Doc::Null);
    }
    let plain = match Doc::from_json(text) {
        Ok(doc) => return Ok(doc),
        Err(error) => error,
    };
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| format!("not JSON: {plain}"))?;
    Doc::from_json(&decoded).map_err(|error| format!("not JSON: {error}"))
}

fn csv_table(text: &str) -> Result<Doc, String> {
    let bytes = STANDARD.decode(text.trim()).map_err(|error| format!("not base64: {error}"))?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header: Vec<Key> =
        reader.headers().map_err(|error| format!("not CSV: {error}"))?.iter().map(Key::new).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("not CSV: {error}"))?;
        rows.push(Doc::Map(header.iter().cloned().zip(record.iter().map(Doc::from)).collect()));
    }
    Ok(Doc::List(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, how: Decode, expected: &str) {
        let decoded = decode(Doc::from(text), how, "s:Op");
        assert_eq!(decoded, Doc::from_json(expected).unwrap(), "{text}");
    }

    #[test]
    fn json_may_be_plain_or_url_encoded() {
        check(r#"{"a": 1}"#, Decode::Json, r#"{"a":1}"#);
        check("%7B%22a%22%3A%20%22b%25c%22%7D", Decode::Json, r#"{"a":"b%c"}"#);
        check(r#"{"a": "50%20"}"#, Decode::Json, r#"{"a":"50%20"}"#);
        check("", Decode::Json, "null");
    }

    #[test]
    fn a_credential_report_becomes_rows() {
        let report = STANDARD.encode("user,mfa_active\n<root_account>,true\nann,false\n");
        let rows = r#"[{"user":"<root_account>","mfa_active":"true"},{"user":"ann","mfa_active":"false"}]"#;
        check(&report, Decode::Csv, rows);
        check(&STANDARD.encode("user,mfa_active\n"), Decode::Csv, "[]");
    }

    #[test]
    fn text_that_does_not_decode_is_unread() {
        for (text, how) in [("{oops", Decode::Json), ("%ff", Decode::Json), ("***", Decode::Csv)] {
            let unread = decode(Doc::from(text), how, "s:Op").unread().cloned().unwrap();
            assert_eq!((unread.reason, unread.operation.as_str()), (UnreadReason::ScannerError, "s:Op"));
        }
        let ragged = STANDARD.encode("a,b\n1\n");
        assert!(decode(Doc::from(ragged), Decode::Csv, "s:Op").unread().is_some());
    }

    #[test]
    fn what_is_not_text_is_left_alone() {
        assert!(decode(Doc::Null, Decode::Json, "s:Op").is_null());
        assert_eq!(decode(Doc::Int(1), Decode::Json, "s:Op"), Doc::Int(1));
    }
}
