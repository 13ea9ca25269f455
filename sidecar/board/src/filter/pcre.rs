//! PCRE's regular expressions as MongoDB 6.0 runs them (PCRE 8, UTF-8, no look-ups of Unicode
//! properties), put into the words of the `regex` crate.
//!
//! What comes out matches exactly the same texts; what cannot be said exactly is refused.

use regex::bytes::{Regex, RegexBuilder};

mod class;
mod emit;
mod escape;
mod fold;
mod parse;

/// More than any filter needs; bounds memory and time.
const COMPILED_MAX_BYTES: usize = 1 << 20;
const PATTERN_MAX_BYTES: usize = 4096;

/// Why a pattern cannot be used, as a sentence about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

/// Options in force at a place of the pattern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// `i`
    caseless: bool,
    /// `m`
    multiline: bool,
    /// `s`
    dot_all: bool,
    /// `x`
    extended: bool,
}

impl Flags {
    fn set(&mut self, letter: char, on: bool) -> bool {
        match letter {
            'i' => self.caseless = on,
            'm' => self.multiline = on,
            's' => self.dot_all = on,
            'x' => self.extended = on,
            _ => return false,
        }
        true
    }
}

/// Compiles a pattern; `options` are letters of `imsx`.
pub(crate) fn compile(pattern: &str, options: &str) -> Result<Regex, Refusal> {
    let mut flags = Flags::default();
    for letter in options.chars() {
        if !flags.set(letter, true) {
            return Err(Refusal(format!("the option `{letter}` is none of i, m, s, x")));
        }
    }
    if pattern.len() > PATTERN_MAX_BYTES {
        return Err(Refusal(format!("it is longer than {PATTERN_MAX_BYTES} bytes")));
    }
    let text = emit::text(&parse::parse(pattern, flags)?)?;
    RegexBuilder::new(&text)
        .size_limit(COMPILED_MAX_BYTES)
        .build()
        .map_err(|_| Refusal("it is too big: smaller numbers of repetitions are needed".to_owned()))
}

#[cfg(test)]
mod tests;
