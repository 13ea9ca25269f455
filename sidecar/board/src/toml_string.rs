//! Where a byte of a TOML string's value stands in the file: a filter or a formula is a text inside
//! a text, and its errors are shown where they are.

use std::ops::Range;
use std::str::Chars;

/// `None` when the raw text does not spell `value` in a way that is understood here.
pub(crate) fn offset(text: &str, span: &Range<usize>, value: &str, inner: usize) -> Option<usize> {
    let raw = text.get(span.clone())?;
    let quotes = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quotes| raw.starts_with(quotes))?;
    let mut body = &raw[quotes.len()..];
    if quotes.len() == 3 {
        // The newline right after the opening quotes is no part of the value.
        body = body.strip_prefix("\r\n").or_else(|| body.strip_prefix('\n')).unwrap_or(body);
    }
    let start = span.start + (raw.len() - body.len());
    let escapes = quotes.starts_with('"');
    let mut chars = body.chars();
    let mut rest = value;
    loop {
        if value.len() - rest.len() >= inner {
            return Some(start + (body.len() - chars.as_str().len()));
        }
        match next(&mut chars, escapes)? {
            Some(spelled) => rest = rest.strip_prefix(spelled)?,
            None => continue,
        }
    }
}

/// The next character of the value; `Some(None)` for what leaves no character.
fn next(chars: &mut Chars<'_>, escapes: bool) -> Option<Option<char>> {
    let first = chars.next()?;
    if !(escapes && first == '\\') {
        return Some(Some(first));
    }
    let spelled = match chars.next()? {
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'x' => code_point(chars, 2)?,
        'u' => code_point(chars, 4)?,
        'U' => code_point(chars, 8)?,
        blank if blank.is_whitespace() => {
            let left = chars.as_str();
            *chars = left.trim_start_matches([' ', '\t', '\r', '\n']).chars();
            return Some(None);
        }
        itself => itself,
    };
    Some(Some(spelled))
}

fn code_point(chars: &mut Chars<'_>, digits: usize) -> Option<char> {
    let left = chars.as_str();
    let code = u32::from_str_radix(left.get(..digits)?, 16).ok()?;
    *chars = left[digits..].chars();
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::offset;

    fn found(raw: &str, value: &str, inner: usize) -> Option<usize> {
        offset(raw, &(0..raw.len()), value, inner)
    }

    #[test]
    fn each_kind_of_string() {
        assert_eq!(found("'abc'", "abc", 2), Some(3));
        assert_eq!(found("'''\nabc'''", "abc", 1), Some(5));
        assert_eq!(found(r#""a\"bc""#, "a\"bc", 2), Some(4));
        assert_eq!(found(r#""\u00e9b""#, "éb", 2), Some(7));
        assert_eq!(found("\"\"\"\\\n   ab\"\"\"", "ab", 1), Some(9));
    }

    #[test]
    fn what_does_not_fit_is_none() {
        assert_eq!(found("'abc'", "xyz", 2), None);
        assert_eq!(found("abc", "abc", 0), None);
        assert_eq!(found("'abc'", "abcabc", 6), None);
    }
}
