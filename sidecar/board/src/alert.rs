//! `alert = [{ … }]` of metrics: read when every metric's kind and groups are known.

mod condition;
mod hours;
mod order;

use toml::de::DeValue;

use crate::duration;
use crate::metric::Draft;
use crate::model::{AlertRule, Severity};
use crate::names::Names;
use crate::report::Report;
use crate::section::{Section, Str, Value, string, table, wrong_type};
use crate::suggest;

pub(crate) const SEVERITIES: [(&str, Severity); 3] =
    [("low", Severity::Low), ("high", Severity::High), ("critical", Severity::Critical)];
const KEYS: [&str; 7] = ["severity", "when", "for", "clear", "each", "active", "aggregate"];
const EXPECTED: &str =
    "a list of rules such as { severity = \"high\", when = \">= 0.92\", for = \"10m\", clear = \"< 0.90\" }";

/// A rule, and where its parts stand.
struct Written<'a> {
    section: Section<'a>,
    rule: AlertRule,
    says_for: bool,
}

/// Fills in the alerts of every metric.
pub(crate) fn read(
    report: &mut Report<'_>,
    names: &Names<'_>,
    sections: &[Section<'_>],
    drafts: &mut [Draft],
) {
    for section in sections.iter().filter(|section| section.has("alert")) {
        // Several aggregates of one section are a metric each.
        let own: Vec<usize> = (0..drafts.len()).filter(|&index| drafts[index].at == section.at).collect();
        let mut written: Vec<(usize, Written<'_>)> = Vec::new();
        for value in section.list(report, "alert", EXPECTED) {
            let Some(rule) = table(value, "an entry of `alert`") else {
                wrong_type(report, "alert", value, EXPECTED);
                continue;
            };
            rule.check_keys(report, &KEYS);
            let Some(index) = subject(report, drafts, &own, &rule) else { continue };
            written.extend(self::rule(report, names, &drafts[index], rule).map(|rule| (index, rule)));
        }
        for index in own {
            let (mine, others) = written.into_iter().partition(|(of, _)| *of == index);
            written = others;
            let mine: Vec<Written<'_>> = mine.into_iter().map(|(_, rule): (usize, _)| rule).collect();
            drafts[index].metric.alerts = order::by_severity(report, mine);
        }
    }
}

/// Which of a section's metrics a rule is about: `aggregate` says it where there are several.
fn subject(report: &mut Report<'_>, drafts: &[Draft], own: &[usize], rule: &Section<'_>) -> Option<usize> {
    let several = own.len() > 1;
    if !several {
        let why = "only a metric with several aggregates needs it";
        rule.refuse(report, &["aggregate"], "one aggregate", why);
        return own.first().copied();
    }
    let which = || own.iter().filter_map(|&index| drafts[index].metric.statistic.as_deref());
    let known: Vec<&str> = which().collect();
    let expected = format!("which of the aggregates is meant: {}", known.join(", "));
    let word = rule.require_str(report, "aggregate", &expected)?;
    let found =
        own.iter().copied().find(|&index| drafts[index].metric.statistic.as_deref() == Some(word.value));
    if found.is_none() {
        let help = suggest::help(word.value, known);
        report.problem(word.at(), format!("the metric has no aggregate `{}`", word.value), help);
    }
    found
}

fn rule<'a>(
    report: &mut Report<'_>,
    names: &Names<'_>,
    draft: &Draft,
    section: Section<'a>,
) -> Option<Written<'a>> {
    let severity = section
        .require(report, "severity", "severity = \"low\", \"high\" or \"critical\"")
        .and_then(|_| section.choice(report, "severity", &SEVERITIES));
    let subject = draft.sound.then_some(&draft.metric);
    let when = section
        .require_str(report, "when", "when = a comparison such as \">= 10\"")
        .and_then(|text| condition::read(report, names, subject, "when", &text));
    let clear =
        section.str(report, "clear").and_then(|text| condition::read(report, names, subject, "clear", &text));
    if let (Some(when), Some(clear)) = (&when, &clear)
        && order::overlap(when, clear)
    {
        report.problem(
            section.get("clear").map_or(section.at, |value| value.span().start),
            format!("`clear = \"{}\"` holds while `when = \"{}\"` does", clear.text, when.text),
            "expected the other side of `when`, such as when = \">= 0.92\", clear = \"< 0.90\"",
        );
    }
    let for_ms = duration::optional_or_zero(report, &section, "for");
    let each = each(report, draft, &section);
    let active = section.str(report, "active").and_then(|text| hours::read(report, &text));
    let rule =
        AlertRule { severity: severity?, when: when?, for_ms: for_ms.unwrap_or(0), clear, each, active };
    Some(Written { says_for: section.has("for"), section, rule })
}

fn each(report: &mut Report<'_>, draft: &Draft, section: &Section<'_>) -> Option<String> {
    let value = section.get("each")?;
    let breakdowns = draft.metric.breakdowns();
    match value.get_ref() {
        DeValue::Boolean(true) if !draft.sound => None,
        DeValue::Boolean(true) => the_only(report, draft, value, &breakdowns),
        DeValue::String(_) => {
            let name = string(report, "each", value)?;
            let found = breakdowns.contains(&name.value);
            if !found && draft.sound {
                no_groups(report, draft, &name, &breakdowns);
            }
            found.then(|| name.value.to_owned())
        }
        _ => {
            wrong_type(report, "each", value, "true, or the name of a breakdown");
            None
        }
    }
}

fn the_only(report: &mut Report<'_>, draft: &Draft, value: Value<'_>, breakdowns: &[&str]) -> Option<String> {
    if let [only] = breakdowns {
        return Some((*only).to_owned());
    }
    let (message, help) = if breakdowns.is_empty() {
        let help = "give the metric a breakdown with `by`, or drop `each`".to_owned();
        (format!("`each` of `{}`, which has no groups", draft.metric.id), help)
    } else {
        let help = format!("expected the name of one of them: {}", breakdowns.join(", "));
        (format!("`each` of `{}`, which has several breakdowns", draft.metric.id), help)
    };
    report.missing(value.span().start, message, help);
    None
}

fn no_groups(report: &mut Report<'_>, draft: &Draft, name: &Str<'_>, breakdowns: &[&str]) {
    let help = suggest::help(name.value, breakdowns.iter().copied());
    report.missing(name.at(), format!("`{}` has no groups by `{}`", draft.metric.id, name.value), help);
}
