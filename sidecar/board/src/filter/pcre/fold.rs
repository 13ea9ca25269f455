//! Which characters are one to PCRE's option `i`.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// Characters that newer versions of Unicode fold and MongoDB's PCRE does not (each of them asked of
/// mongod 6.0.5). Nothing that it folds is in these ranges.
const LATER: [(char, char); 18] = [
    ('\u{19b}', '\u{19b}'),
    ('\u{264}', '\u{264}'),
    ('\u{26a}', '\u{26a}'),
    ('\u{282}', '\u{282}'),
    ('\u{29d}', '\u{29d}'),
    ('\u{390}', '\u{390}'),
    ('\u{3b0}', '\u{3b0}'),
    ('\u{10d0}', '\u{1cbf}'),
    ('\u{1d8e}', '\u{1d8e}'),
    ('\u{1fd3}', '\u{1fd3}'),
    ('\u{1fe3}', '\u{1fe3}'),
    ('\u{2c2f}', '\u{2c2f}'),
    ('\u{2c5f}', '\u{2c5f}'),
    ('\u{a794}', '\u{a794}'),
    ('\u{a7ae}', '\u{a7ae}'),
    ('\u{a7b2}', '\u{fb06}'),
    ('\u{104b0}', '\u{10d85}'),
    ('\u{16e40}', '\u{1e943}'),
];

/// The set and every other case of its characters.
pub(super) fn fold(set: &ClassUnicode) -> ClassUnicode {
    let later = ClassUnicode::new(LATER.map(|(from, to)| ClassUnicodeRange::new(from, to)));
    let mut folded = set.clone();
    folded.difference(&later);
    folded.case_fold_simple();
    folded.difference(&later);
    folded.union(set);
    folded
}
