use std::collections::BTreeSet;

use vigil_board::Path;

/// Array positions that may stand between two parts of a path.
const POSITIONS: &str = r"(?:\.\d+)*";

/// Regular expressions (PCRE, run by MongoDB) over the keys of an update's description.
///
/// They end in `\z`, not `$`, which also matches before a final newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patterns {
    /// Keys at, below or above a tracked path.
    pub touched: String,
    /// Dotted keys at or below a tracked path: their whole value is wanted.
    pub valued: String,
}

impl Patterns {
    /// `None` when nothing is tracked.
    pub fn of(paths: &BTreeSet<Path>) -> Option<Self> {
        if paths.is_empty() {
            return None;
        }
        let at: Vec<String> = paths.iter().map(|path| pattern(path)).collect();
        let at = format!(r"(?:{})(?:\.|\z)", at.join("|"));
        let above: BTreeSet<&str> = paths.iter().flat_map(|path| ancestors(path)).collect();
        let above: Vec<String> = above.into_iter().map(|path| pattern(path) + POSITIONS).collect();
        let touched =
            if above.is_empty() { format!("^{at}") } else { format!(r"^(?:{at}|(?:{})\z)", above.join("|")) };
        Some(Patterns { touched, valued: format!(r"^(?=[^.]*\.){at}") })
    }
}

pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').map(|(at, _)| &path[..at])
}

fn pattern(path: &str) -> String {
    let parts: Vec<String> = path.split('.').map(quoted).collect();
    parts.join(&format!(r"{POSITIONS}\."))
}

/// Every ASCII character that could have a meaning is escaped; others have none.
fn quoted(part: &str) -> String {
    let mut quoted = String::with_capacity(part.len());
    for c in part.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_' {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Patterns {
        Patterns::of(&paths.iter().map(|p| (*p).to_owned()).collect()).unwrap()
    }

    #[test]
    fn an_undotted_path_has_no_ancestors() {
        assert_eq!(of(&["status"]).touched, r"^(?:status)(?:\.|\z)");
    }

    #[test]
    fn positions_may_stand_between_parts_and_after_ancestors() {
        let patterns = of(&["items.price"]);
        assert_eq!(patterns.touched, r"^(?:(?:items(?:\.\d+)*\.price)(?:\.|\z)|(?:items(?:\.\d+)*)\z)");
        assert_eq!(patterns.valued, r"^(?=[^.]*\.)(?:items(?:\.\d+)*\.price)(?:\.|\z)");
    }

    #[test]
    fn what_has_a_meaning_is_escaped() {
        assert_eq!(quoted("a+b-c_ü 9"), r"a\+b\-c_ü\ 9");
    }

    #[test]
    fn nothing_tracked_has_no_pattern() {
        assert_eq!(Patterns::of(&BTreeSet::new()), None);
    }
}
