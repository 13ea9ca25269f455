//! Whatever the text is: no panic, and every problem points into it.
#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A real board, and one that uses every form.
const GOOD: [&str; 2] = [include_str!("../../boards/hospital.toml"), include_str!("boards/library.toml")];
/// What a slip of the hand, or a hostile one, may leave behind.
const SCRAPS: [&str; 34] = [
    "",
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "=",
    ",",
    ".",
    "\n",
    "\r\n",
    "\\",
    "#",
    "\u{feff}",
    "ü",
    "🦀",
    "\u{0}",
    "$",
    "$in",
    "null",
    "-",
    "(",
    "??",
    "1e999",
    "9999999999999999999",
    "inf",
    "0x_",
    "1979-05-27",
    "\\u00e4",
];

#[derive(Debug, Clone)]
enum Edit {
    Delete(Index, usize),
    Insert(Index, &'static str),
    /// A piece of the board itself, somewhere else.
    Move(Index, Index, usize),
    Any(Index, char),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), 1usize..40).prop_map(|(at, length)| Edit::Delete(at, length)),
        (any::<Index>(), proptest::sample::select(SCRAPS.to_vec()))
            .prop_map(|(at, scrap)| Edit::Insert(at, scrap)),
        (any::<Index>(), any::<Index>(), 1usize..200)
            .prop_map(|(from, to, length)| Edit::Move(from, to, length)),
        (any::<Index>(), any::<char>()).prop_map(|(at, c)| Edit::Any(at, c)),
    ]
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for edit in edits {
        let length = chars.len();
        let place = |at: &Index| at.index(length + 1);
        match edit {
            Edit::Delete(at, count) => {
                let from = place(at);
                chars.drain(from..(from + count).min(length));
            }
            Edit::Insert(at, scrap) => {
                let at = place(at);
                chars.splice(at..at, scrap.chars());
            }
            Edit::Move(from, to, count) => {
                let (from, to) = (place(from), place(to));
                let piece: Vec<char> = chars[from..(from + count).min(length)].to_vec();
                chars.splice(to..to, piece);
            }
            Edit::Any(at, c) => chars.insert(place(at), *c),
        }
    }
    chars.into_iter().collect()
}

fn check(text: &str) {
    let Err(problems) = vigil_board::parse("any.toml", text) else { return };
    assert!(!problems.is_empty(), "refused without a reason");
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in problems {
        assert!((1..=lines.len()).contains(&problem.line), "{problem}");
        let columns = lines[problem.line - 1].chars().count() + 1;
        assert!((1..=columns).contains(&problem.column), "{problem}: line {} has {columns}", problem.line);
    }
}

/// Twelve sections are enough of the board, and quicker than all of it.
fn piece(board: usize, from: Index) -> String {
    let sections: Vec<&str> = GOOD[board].split("\n\n").collect();
    let start = from.index(sections.len());
    sections[..6].iter().chain(sections[start..].iter().take(6)).copied().collect::<Vec<_>>().join("\n\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edited_board(board in 0..2_usize, from in any::<Index>(), edits in vec(edit(), 0..8)) {
        check(&apply(&piece(board, from), &edits));
    }

    #[test]
    fn an_edited_filter_or_formula(filter in any::<bool>(), edits in vec(edit(), 0..6)) {
        let (key, good) = if filter {
            ("match", r#"{"a": {"$in": [1, null, {"$date": "2026-01-31T08:00:00Z"}]}, "$or": [{"b.c": {"$ne": 1.5}}]}"#)
        } else {
            ("formula", "max(a, -2.5e3 * (b ?? 0)) / hours(c) - $limit + min(1, 2)")
        };
        let inner = apply(good, &edits);
        for quotes in ["'", "\"", "'''", "\"\"\""] {
            check(&format!("[[metric]]\nid = \"a\"\ntitle = \"A\"\n{key} = {quotes}{inner}{quotes}\nhidden = true\n"));
        }
    }

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = 20_000;
    check(&format!("a = {}", "[".repeat(deep)));
    check(&format!("[[metric]]\nmatch = '{}'", "{\"a\":".repeat(deep)));
    check(&format!("[[metric]]\nmatch = '{}'", "[".repeat(deep)));
    check(&format!("[[metric]]\nformula = '{}'", "(".repeat(1_900)));
    check(&format!("[[metric]]\nformula = '{}'", "-".repeat(1_900)));
    check(&format!("[[metric]]\nformula = '1{}'", "+1".repeat(990)));
    check(&format!("{} = 1", vec!["a"; deep].join(".")));
}
