//! Values as relaxed Extended JSON, canonical: equal values have one text. The text names a group.

use std::fmt::Write;

use bson::RawBsonRef;

use super::decimal;
use super::key::{Canonical, canonical};

/// Relaxed Extended JSON of the normalised value: 1 = 1.0 = Decimal 1 is `1`, a missing field is `null`.
pub(crate) fn text(value: Option<RawBsonRef<'_>>) -> String {
    let mut out = String::new();
    write_value(value.unwrap_or(RawBsonRef::Null), &mut out);
    out
}

fn write_value(value: RawBsonRef<'_>, out: &mut String) {
    if let Some(number) = super::number::number(value) {
        return write_number(canonical(number), out);
    }
    match value {
        RawBsonRef::Document(document) => {
            out.push('{');
            for (i, (name, value)) in document.iter().flatten().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(name.as_str(), out);
                out.push(':');
                write_value(value, out);
            }
            out.push('}');
        }
        RawBsonRef::Array(array) => {
            out.push('[');
            for (i, value) in array.into_iter().flatten().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(value, out);
            }
            out.push(']');
        }
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => write_string(text, out),
        RawBsonRef::Boolean(b) => out.push_str(if b { "true" } else { "false" }),
        RawBsonRef::DateTime(date) => write_date(date.timestamp_millis(), out),
        RawBsonRef::ObjectId(id) => wrap("$oid", &format!("\"{}\"", id.to_hex()), out),
        RawBsonRef::Undefined => wrap("$undefined", "true", out),
        RawBsonRef::MinKey => wrap("$minKey", "1", out),
        RawBsonRef::MaxKey => wrap("$maxKey", "1", out),
        RawBsonRef::Null => out.push_str("null"),
        rare => write_rare(rare, out),
    }
}

fn write_rare(value: RawBsonRef<'_>, out: &mut String) {
    match value {
        RawBsonRef::Timestamp(t) => {
            wrap("$timestamp", &format!("{{\"t\":{},\"i\":{}}}", t.time, t.increment), out);
        }
        RawBsonRef::Binary(binary) => {
            let subtype = u8::from(binary.subtype);
            let body = format!("{{\"base64\":\"{}\",\"subType\":\"{subtype:02x}\"}}", base64(binary.bytes));
            wrap("$binary", &body, out);
        }
        RawBsonRef::RegularExpression(regex) => {
            let mut body = String::from("{\"pattern\":");
            write_string(regex.pattern.as_str(), &mut body);
            body.push_str(",\"options\":");
            write_string(regex.options.as_str(), &mut body);
            body.push('}');
            wrap("$regularExpression", &body, out);
        }
        RawBsonRef::JavaScriptCode(code) => {
            let mut body = String::new();
            write_string(code, &mut body);
            wrap("$code", &body, out);
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => {
            out.push_str("{\"$code\":");
            write_string(code.code, out);
            out.push_str(",\"$scope\":");
            write_value(RawBsonRef::Document(code.scope), out);
            out.push('}');
        }
        other => wrap("$dbPointer", &format!("\"{}\"", base64(&super::order::element_bytes(other))), out),
    }
}

fn write_number(number: Canonical, out: &mut String) {
    match number {
        Canonical::Nan => wrap("$numberDouble", "\"NaN\"", out),
        Canonical::Int(n) => out.push_str(&n.to_string()),
        Canonical::Double(x) if x.is_infinite() => {
            wrap("$numberDouble", if x > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }, out);
        }
        Canonical::Double(x) => match serde_json::Number::from_f64(x) {
            Some(x) => out.push_str(&x.to_string()),
            None => out.push_str("null"),
        },
        Canonical::Decimal { negative, coefficient, exponent } => {
            let text = decimal::write(negative, &coefficient.to_string(), exponent.into());
            wrap("$numberDecimal", &format!("\"{text}\""), out);
        }
    }
}

fn write_date(ms: i64, out: &mut String) {
    let year_10000_ms = 253_402_300_800_000;
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(date) if (0..year_10000_ms).contains(&ms) => {
            let text = if ms % 1000 == 0 { format!("\"{date:.0}\"") } else { format!("\"{date:.3}\"") };
            wrap("$date", &text, out);
        }
        _ => wrap("$date", &format!("{{\"$numberLong\":\"{ms}\"}}"), out),
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a String cannot fail.
            c if u32::from(c) < 0x20 => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn wrap(name: &str, body: &str, out: &mut String) {
    out.push_str("{\"");
    out.push_str(name);
    out.push_str("\":");
    out.push_str(body);
    out.push('}');
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            out.push(if place <= chunk.len() { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use bson::{Bson, RawBson, doc};

    use super::*;

    fn of(value: Bson) -> String {
        text(Some(RawBson::try_from(value).unwrap().as_raw_bson_ref()))
    }

    #[test]
    fn equal_values_have_one_text() {
        assert_eq!(text(None), "null");
        assert_eq!(of(Bson::Null), "null");
        for one in
            [Bson::Int32(1), Bson::Int64(1), Bson::Double(1.0), Bson::Decimal128("1.00".parse().unwrap())]
        {
            assert_eq!(of(one), "1");
        }
        assert_eq!(of(Bson::Double(-0.0)), "0");
        assert_eq!(of(Bson::Decimal128("0.50".parse().unwrap())), "0.5");
        assert_eq!(of(Bson::Decimal128("0.10".parse().unwrap())), r#"{"$numberDecimal":"0.1"}"#);
        assert_eq!(of(Bson::Double(0.1)), "0.1");
        assert_eq!(of(Bson::String("M\"1\u{1}".into())), r#""M\"1\u0001""#);
        assert_eq!(of(doc! {"b": [1.0, "x"], "a": null}.into()), r#"{"b":[1,"x"],"a":null}"#);
        assert_eq!(
            of(Bson::DateTime(bson::DateTime::from_millis(1_500))),
            r#"{"$date":"1970-01-01T00:00:01.500Z"}"#
        );
        assert_eq!(of(Bson::DateTime(bson::DateTime::from_millis(0))), r#"{"$date":"1970-01-01T00:00:00Z"}"#);
    }

    #[test]
    fn base64_pads() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob"].map(|s| base64(s.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
    }
}
