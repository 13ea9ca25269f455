//! JSON with positions. A grammar of its own, because an error inside a filter is shown at its
//! column in the board, and a duplicated key is an error here.

use crate::node::{Entry, Kind, Node};

/// Deeper nesting than any filter needs; bounds the recursion.
const DEEPEST: usize = 32;

pub(crate) struct SyntaxError {
    /// Byte offset in the JSON text.
    pub at: usize,
    pub message: String,
}

/// Positions are byte offsets in `text`.
pub(crate) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut json = Json { text, at: 0 };
    let node = json.value(0)?;
    json.blanks();
    if json.at < text.len() { Err(json.unexpected("the end")) } else { Ok(node) }
}

struct Json<'t> {
    text: &'t str,
    at: usize,
}

impl Json<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { at, message: message.into() })
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = self.peek().map_or_else(|| "the end".to_owned(), |c| format!("`{}`", c.escape_debug()));
        SyntaxError { at: self.at, message: format!("expected {expected}, found {found}") }
    }

    fn take(&mut self, c: char, expected: &str) -> Result<(), SyntaxError> {
        self.blanks();
        if self.peek() != Some(c) {
            return Err(self.unexpected(expected));
        }
        self.at += c.len_utf8();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        self.blanks();
        let at = self.at;
        if depth > DEEPEST {
            return self.error(at, format!("nested deeper than {DEEPEST}"));
        }
        let kind = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => Kind::Text(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node { at, kind })
    }

    fn word(&mut self) -> Result<Kind, SyntaxError> {
        for (word, kind) in [("null", Kind::Null), ("true", Kind::Bool(true)), ("false", Kind::Bool(false))] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.unexpected("a JSON value"))
    }

    /// Whether another item follows; takes the comma or the closing bracket.
    fn more(&mut self, close: char) -> Result<bool, SyntaxError> {
        self.blanks();
        match self.peek() {
            Some(',') => self.at += 1,
            Some(c) if c == close => {
                self.at += 1;
                return Ok(false);
            }
            _ => return Err(self.unexpected(&format!("`,` or `{close}`"))),
        }
        Ok(true)
    }

    fn empty(&mut self, close: char) -> bool {
        self.at += 1;
        self.blanks();
        let empty = self.peek() == Some(close);
        self.at += usize::from(empty);
        empty
    }

    fn array(&mut self, depth: usize) -> Result<Kind, SyntaxError> {
        let mut items = Vec::new();
        if !self.empty(']') {
            loop {
                items.push(self.value(depth + 1)?);
                if !self.more(']')? {
                    break;
                }
            }
        }
        Ok(Kind::List(items))
    }

    fn object(&mut self, depth: usize) -> Result<Kind, SyntaxError> {
        let mut entries: Vec<Entry> = Vec::new();
        if !self.empty('}') {
            loop {
                self.blanks();
                let at = self.at;
                if self.peek() != Some('"') {
                    return Err(self.unexpected("a key in double quotes"));
                }
                let key = self.string()?;
                if entries.iter().any(|entry| entry.key == key) {
                    return self.error(at, format!("the key `{key}` twice"));
                }
                self.take(':', "`:`")?;
                let value = self.value(depth + 1)?;
                entries.push(Entry { key, at, value });
                if !self.more('}')? {
                    break;
                }
            }
        }
        Ok(Kind::Map(entries))
    }

    /// The closing quote is found here; escapes are left to serde_json.
    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    let end = start + offset + 1;
                    self.at = end;
                    return serde_json::from_str(&self.text[start..end]).or_else(|_| {
                        self.error(start, "a string with a wrong escape or a control character")
                    });
                }
                _ => {}
            }
        }
        self.error(start, "a string without its closing quote")
    }

    fn number(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let rest = self.rest();
        let length =
            rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let text = &self.text[start..start + length];
        self.at += length;
        match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) if !text.contains(['.', 'e', 'E']) => match number.as_i64() {
                Some(n) => Ok(Kind::Int(n)),
                None => self.error(start, "an integer over 64 bits; write {\"$numberDecimal\": \"…\"}"),
            },
            // The nearest double; serde_json's own may be one beside it.
            Ok(_) => Ok(Kind::Double(text.parse().unwrap_or(f64::NAN))),
            Err(_) => self.error(start, format!("`{text}` is not a number")),
        }
    }
}
