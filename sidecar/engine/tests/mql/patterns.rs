//! Random regular expressions, as PCRE reads them, and texts to try them on.

use std::collections::BTreeMap;

use crate::random::Dice;

const ATOMS: [&str; 34] = [
    "a", "b", "B", "é", "É", "ß", "k", "s", "\u{212a}", "σ", " ", "_", "1", "\\.", "-", "\\n", "\\t",
    "\\x41", "\\x{e9}", ".", "\\w", "\\W", "\\d", "\\D", "\\s", "\\S", "\\h", "\\v", "\\N", "{", "}", "]",
    "#", "\\ ",
];
const IN_CLASS: [&str; 18] = [
    "a",
    "b-k",
    "A-F",
    "é-ü",
    "\\w",
    "\\D",
    "\\s",
    "[:alpha:]",
    "[:^digit:]",
    "[:upper:]",
    "[:punct:]",
    "-",
    "\\]",
    "[",
    "&&",
    "\\b",
    "\\n",
    "^",
];
const LOOKS: [&str; 8] = ["^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "(?i)"];
const QUANTIFIERS: [&str; 9] = ["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "{,2}"];
const LETTERS: [&str; 30] = [
    "a", "a", "b", "B", "A", "é", "É", "ß", "ẞ", "k", "K", "\u{212a}", "s", "ſ", "σ", "ς", "Σ", " ", "_",
    "1", "٣", ".", "-", "\n", "\n", "\r", "\t", "\u{a0}", "\u{2028}", "{",
];

/// What must have been met in patterns that match some texts and not others.
pub const FEATURES: [&str; 27] = [
    "^",
    "$",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "\\Z",
    "\\w",
    "\\d",
    "\\s",
    "\\W",
    "\\D",
    "\\S",
    "\\h",
    "\\v",
    "\\N",
    "[^",
    "[:alpha:]",
    "[:upper:]",
    "|",
    "(?i)",
    "(?:",
    "(?-i:",
    "\\Q",
    "option i",
    "option m",
    "option x",
];

pub fn count(pattern: &str, options: &str, into: &mut BTreeMap<&'static str, usize>) {
    for feature in FEATURES {
        let is_met = match feature.strip_prefix("option ") {
            Some(option) => options.contains(option),
            None => pattern.contains(feature),
        };
        *into.entry(feature).or_default() += usize::from(is_met);
    }
}

pub fn text(dice: &mut Dice, i: usize) -> String {
    (0..i % 7).map(|_| *dice.pick(&LETTERS)).collect()
}

pub fn pattern(dice: &mut Dice) -> (String, String) {
    let options = *dice.pick(&["", "", "", "i", "i", "m", "s", "x", "im", "is", "isx"]);
    (alternatives(dice, 2), options.to_owned())
}

fn alternatives(dice: &mut Dice, depth: usize) -> String {
    let branches: Vec<String> = (0..=usize::from(dice.one_in(4))).map(|_| sequence(dice, depth)).collect();
    branches.join("|")
}

fn sequence(dice: &mut Dice, depth: usize) -> String {
    let mut text = String::new();
    if dice.one_in(4) {
        text += dice.pick::<&str>(&["^", "^", "\\A", "\\b", "\\B", "(?i)"]);
    }
    for _ in 0..1 + dice.below(3) {
        if dice.one_in(12) {
            text += dice.pick::<&str>(&LOOKS);
            continue;
        }
        text += &atom(dice, depth);
        if dice.one_in(4) {
            text += dice.pick::<&str>(&QUANTIFIERS);
        }
    }
    if dice.one_in(4) {
        text += dice.pick::<&str>(&["$", "$", "\\z", "\\Z", "\\b", "\\B", "(?#c)"]);
    }
    text
}

fn atom(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth == 0 { 10 } else { 13 }) {
        0..7 => (*dice.pick(&ATOMS)).to_owned(),
        7..9 => class(dice),
        9 if dice.one_in(3) => format!("\\Q{}\\E", dice.pick(&[".", "a", "-b"])),
        9 => (*dice.pick(&ATOMS)).to_owned(),
        _ => {
            let opening = dice.pick(&["(", "(?:", "(?i:", "(?-i:", "(?s-m:", "(?m:"]);
            format!("{opening}{})", alternatives(dice, depth - 1))
        }
    }
}

fn class(dice: &mut Dice) -> String {
    let negation = if dice.one_in(3) { "^" } else { "" };
    let items: String = (0..1 + dice.below(3)).map(|_| *dice.pick(&IN_CLASS)).collect();
    format!("[{negation}{items}]")
}
