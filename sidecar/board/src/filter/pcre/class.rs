//! `[…]`.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::Refusal;
use super::escape::{DIGIT, Escape, SPACE, WORD, set};
use super::fold::fold;
use super::parse::Parser;

const ALPHA: [(char, char); 2] = [('A', 'Z'), ('a', 'z')];
const POSIX: [(&str, &[(char, char)]); 14] = [
    ("alpha", &ALPHA),
    ("lower", &[('a', 'z')]),
    ("upper", &[('A', 'Z')]),
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("ascii", &[('\0', '\u{7f}')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')]),
    ("digit", &DIGIT),
    ("graph", &[('!', '~')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &SPACE),
    ("word", &WORD),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

enum Item {
    Char(char),
    Set(ClassUnicode),
}

impl Parser<'_> {
    /// After the opening bracket.
    pub(super) fn class(&mut self) -> Result<ClassUnicode, Refusal> {
        if self.posix_length().is_some() {
            return self.refuse("has a class such as `[:alpha:]` outside of `[…]`");
        }
        let negated = self.take("^");
        // Only characters and ranges have another case; `\w` and `[:alpha:]` stay as they are.
        let (mut chars, mut sets) = (ClassUnicode::empty(), ClassUnicode::empty());
        let mut first = true;
        while first || !self.take("]") {
            first = false;
            match self.item()? {
                Item::Set(set) => sets.union(&set),
                Item::Char(from) => {
                    let to = self.range_end(from)?;
                    chars.push(ClassUnicodeRange::new(from, to));
                }
            }
        }
        let mut class = if self.flags.caseless { fold(&chars) } else { chars };
        class.union(&sets);
        if negated {
            class.negate();
        }
        Ok(class)
    }

    fn range_end(&mut self, from: char) -> Result<char, Refusal> {
        if !self.rest().starts_with('-') || self.rest().starts_with("-]") {
            return Ok(from);
        }
        self.at += 1;
        match self.item()? {
            Item::Char(to) if to >= from => Ok(to),
            _ => self.refuse("has a range in `[…]` whose end is before its beginning, or no character"),
        }
    }

    fn item(&mut self) -> Result<Item, Refusal> {
        if let Some(length) = self.rest().strip_prefix('[').and_then(|_| self.inner_posix_length()) {
            let name = self.rest()[1..=length].to_owned();
            self.at += length + 2;
            return self.posix(name.trim_matches(':'), name.starts_with(':')).map(Item::Set);
        }
        match self.next() {
            None => self.refuse("has a `[` without its `]`"),
            Some('\\') => match self.escape(true)? {
                Escape::Char(c) => Ok(Item::Char(c)),
                Escape::Set(set) => Ok(Item::Set(set)),
                Escape::Look(_) => self.refuse("has an assertion in `[…]`"),
            },
            Some(c) => Ok(Item::Char(c)),
        }
    }

    fn posix(&self, name: &str, known: bool) -> Result<ClassUnicode, Refusal> {
        let (name, negated) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
        let name = if self.flags.caseless && ["upper", "lower"].contains(&name) { "alpha" } else { name };
        match POSIX.iter().find(|(known_name, _)| known && *known_name == name) {
            Some((_, ranges)) => Ok(set(ranges, negated)),
            None => self.refuse(&format!("has the unknown class `[:{name}:]`")),
        }
    }

    fn inner_posix_length(&self) -> Option<usize> {
        let mut inner = *self;
        inner.at += 1;
        inner.posix_length()
    }

    /// After a bracket: the length of `:name:`, `.name.` or `=name=` before a closing bracket.
    /// Source: `check_posix_syntax` of PCRE 8.
    fn posix_length(&self) -> Option<usize> {
        let rest = self.rest().as_bytes();
        let mark = *rest.first().filter(|mark| b":.=".contains(mark))?;
        let mut at = 1;
        while at < rest.len() {
            let next = rest.get(at + 1);
            match rest[at] {
                b'\\' if matches!(next, Some(b']' | b'\\')) => at += 1,
                b'[' if next == Some(&mark) => return None,
                b']' => return None,
                c if c == mark && next == Some(&b']') => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
        None
    }
}
