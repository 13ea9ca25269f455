//! What a backslash means, outside and inside of `[…]`.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::Refusal;
use super::parse::{Look, Parser};

pub(super) enum Escape {
    Char(char),
    Set(ClassUnicode),
    Look(Look),
}

pub(super) const WORD: [(char, char); 4] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
pub(super) const SPACE: [(char, char); 2] = [('\t', '\r'), (' ', ' ')];
pub(super) const DIGIT: [(char, char); 1] = [('0', '9')];
const HORIZONTAL: [(char, char); 9] = [
    ('\t', '\t'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
];
const VERTICAL: [(char, char); 3] = [('\n', '\r'), ('\u{85}', '\u{85}'), ('\u{2028}', '\u{2029}')];

pub(super) fn set(ranges: &[(char, char)], negated: bool) -> ClassUnicode {
    let mut set = ClassUnicode::new(ranges.iter().map(|(from, to)| ClassUnicodeRange::new(*from, *to)));
    if negated {
        set.negate();
    }
    set
}

impl Parser<'_> {
    /// After the backslash.
    pub(super) fn escape(&mut self, in_class: bool) -> Result<Escape, Refusal> {
        let Some(c) = self.next() else { return self.refuse("ends in a single \\") };
        let negated = c.is_ascii_uppercase();
        Ok(match c {
            c if !c.is_ascii_alphanumeric() => Escape::Char(c),
            'w' | 'W' => Escape::Set(set(&WORD, negated)),
            'd' | 'D' => Escape::Set(set(&DIGIT, negated)),
            's' | 'S' => Escape::Set(set(&SPACE, negated)),
            'h' | 'H' => Escape::Set(set(&HORIZONTAL, negated)),
            'v' | 'V' => Escape::Set(set(&VERTICAL, negated)),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            't' => Escape::Char('\t'),
            'f' => Escape::Char('\u{c}'),
            'a' => Escape::Char('\u{7}'),
            'e' => Escape::Char('\u{1b}'),
            'x' => Escape::Char(self.hexadecimal()?),
            'b' if in_class => Escape::Char('\u{8}'),
            // A brace after it is the name of a character, which PCRE refuses.
            'N' if !in_class && !self.rest().starts_with('{') => Escape::Set(set(&[('\n', '\n')], true)),
            'b' => Escape::Look(Look::Word),
            'B' if !in_class => Escape::Look(Look::NotWord),
            'A' if !in_class => Escape::Look(Look::Start),
            'z' if !in_class => Escape::Look(Look::End),
            'Z' if !in_class => Escape::Look(Look::FinalEnd),
            c => return self.refuse(&unusable(c)),
        })
    }

    /// Two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Result<char, Refusal> {
        let braced = self.take("{");
        let mut digits = String::new();
        while let Some(c) = self.next() {
            match c {
                '}' if braced => break,
                c => digits.push(c),
            }
            if !braced && digits.len() >= 2 {
                break;
            }
        }
        let whole = digits.chars().all(|c| c.is_ascii_hexdigit()) && (braced || digits.len() == 2);
        match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).filter(|_| whole) {
            Some(c) if !braced || self.text[..self.at].ends_with('}') => Ok(c),
            _ => self.refuse("has `\\x` without two hexadecimal digits, or a number that is no character"),
        }
    }
}

fn unusable(c: char) -> String {
    let what = match c {
        '0'..='9' | 'g' | 'k' => "a back-reference or an octal number",
        'p' | 'P' | 'X' => "a property of Unicode, whose tables differ",
        'K' | 'G' | 'R' | 'C' => "which cannot be followed exactly here",
        _ => "which means nothing here",
    };
    format!("has `\\{c}`, {what}")
}
