//! Regular expressions in a filter, in each of their spellings.

use bson::Bson;

use crate::model::Pattern;
use crate::node::{Entry, Kind, Node};
use crate::report::Report;

const TYPED: &str = "$regularExpression";

/// Whether this is `{"$regularExpression": …}`.
pub(super) fn is_typed(node: &Node) -> bool {
    matches!(&node.kind, Kind::Map(entries) if entries.iter().any(|entry| entry.key == TYPED))
}

pub(super) fn typed(report: &mut Report<'_>, node: &Node) -> Option<Pattern> {
    if let Kind::Map(entries) = &node.kind
        && let [Entry { value: Node { kind: Kind::Map(parts), .. }, .. }] = &entries[..]
        && parts.iter().all(|part| ["pattern", "options"].contains(&part.key.as_str()))
    {
        let text = |key: &str| match parts.iter().find(|part| part.key == key).map(|part| &part.value.kind) {
            Some(Kind::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let options = if parts.len() == 1 { Some("") } else { text("options") };
        if let (Some(pattern), Some(options)) = (text("pattern"), options) {
            return pattern_of(report, node.at, pattern, options);
        }
    }
    let help = "expected {\"$regularExpression\": {\"pattern\": \"^x\", \"options\": \"i\"}}";
    report.problem(node.at, format!("`{TYPED}` is not as Extended JSON has it"), help);
    None
}

/// `$regex` and `$options`, which stand side by side.
pub(super) fn operator(
    report: &mut Report<'_>,
    regex: Option<&Entry>,
    options: Option<&Entry>,
) -> Option<Pattern> {
    let letters = match options.map(|entry| &entry.value.kind) {
        None => "",
        Some(Kind::Text(letters)) => letters.as_str(),
        Some(_) => {
            let at = options.map_or(0, |entry| entry.value.at);
            report.problem(at, "`$options` needs a text", "expected letters of i, m, s, x");
            return None;
        }
    };
    match (regex, options) {
        (None, None) => None,
        (None, Some(options)) => {
            let help = "expected {\"$regex\": \"^x\", \"$options\": \"i\"}";
            report.problem(options.at, "`$options` without `$regex`", help);
            None
        }
        (Some(regex), options) => match &regex.value.kind {
            Kind::Text(pattern) => pattern_of(report, regex.value.at, pattern, letters),
            Kind::Map(_) if is_typed(&regex.value) && options.is_none() => typed(report, &regex.value),
            _ => {
                let help = "expected {\"$regex\": \"^x\", \"$options\": \"i\"}";
                report.problem(regex.value.at, "`$regex` needs a text", help);
                None
            }
        },
    }
}

fn pattern_of(report: &mut Report<'_>, at: usize, pattern: &str, options: &str) -> Option<Pattern> {
    match Pattern::new(pattern, options) {
        Ok(pattern) => Some(pattern),
        Err(why) => {
            let message = format!("the regular expression `{pattern}` cannot be used: {why}");
            let help = "expected what means the same here and in MongoDB: literals, classes, groups, \
                        repetitions, ^ $ \\b";
            report.problem(at, message, help);
            None
        }
    }
}

/// As a value in a list.
pub(super) fn value(pattern: &Pattern) -> Option<Bson> {
    let options = pattern.options().to_owned().try_into().ok()?;
    let pattern = pattern.pattern().to_owned().try_into().ok()?;
    Some(Bson::RegularExpression(bson::Regex { pattern, options }))
}
