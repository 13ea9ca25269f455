//! `[[metric]]`: what is counted, and how it is shown.

mod breakdown;
mod format;
mod rows;
mod tile;
mod value;
mod window;

pub(crate) use breakdown::{add_names, column_names};
pub(crate) use rows::statistics;

pub(crate) use format::stated as stated_format;
pub(crate) use window::read as window;

use crate::formula::{self, Input};
use crate::icons;
use crate::model::{Class, Expr, Formula, Good, Metric, Source, SystemFigure, Tier};
use crate::names::Names;
use crate::report::Report;
use crate::section::{Section, Str};
use crate::{suggest, text};

const KNOWN: [&str; 21] = [
    "id",
    "title",
    "short",
    "help",
    "unit",
    "format",
    "from",
    "match",
    "value",
    "window",
    "aggregate",
    "by",
    "tier",
    "good",
    "class",
    "of",
    "second",
    "hidden",
    "alert",
    "usual",
    "counts",
];
const OF_ROWS: [&str; 5] = ["match", "value", "window", "aggregate", "by"];
pub(crate) const CLASSES: [(&str, Class); 3] =
    [("public", Class::Public), ("internal", Class::Internal), ("sensitive", Class::Sensitive)];
const TIERS: [(&str, Tier); 4] = [
    ("critical", Tier::Critical),
    ("standard", Tier::Standard),
    ("historical", Tier::Historical),
    ("report", Tier::Report),
];
const GOODS: [(&str, Good); 3] = [("up", Good::Up), ("down", Good::Down), ("none", Good::None)];
const FIGURES: [(&str, SystemFigure); 15] = [
    ("stream_lag_s", SystemFigure::StreamLagS),
    ("clock_offset_s", SystemFigure::ClockOffsetS),
    ("source_state", SystemFigure::SourceState),
    ("redis_state", SystemFigure::RedisState),
    ("clients", SystemFigure::Clients),
    ("documents_set_aside", SystemFigure::DocumentsSetAside),
    ("oplog_window_h", SystemFigure::OplogWindowH),
    ("audit_drift", SystemFigure::AuditDrift),
    ("metrics_verified_share", SystemFigure::MetricsVerifiedShare),
    ("oldest_verification", SystemFigure::OldestVerification),
    ("send_lag_p99_ms", SystemFigure::SendLagP99Ms),
    ("cpu_share", SystemFigure::CpuShare),
    ("memory_bytes", SystemFigure::MemoryBytes),
    ("own_load", SystemFigure::OwnLoad),
    ("errors_1h", SystemFigure::Errors1h),
];

/// A metric as its own section says it; what depends on other metrics is still open.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub metric: Metric,
    pub at: usize,
    /// Its source and format are as written, so that what does not fit them is a problem of its own.
    pub sound: bool,
    pub says_class: bool,
    /// What a formula names, each with its place in the file.
    pub inputs: Vec<Input>,
}

/// The metrics of one section: one, or as many as it has aggregates.
pub(crate) fn read(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'_>) -> Vec<Draft> {
    let draft = draft(report, names, section);
    let statistics = statistics(section);
    if statistics.is_empty() {
        return vec![draft];
    }
    let each = statistics.into_iter().map(|(word, aggregate)| {
        let mut draft = draft.clone();
        draft.metric.id = format!("{}.{word}", draft.metric.id);
        draft.metric.statistic = Some(word.to_owned());
        if let Source::Rows(rows) = &mut draft.metric.source {
            rows.aggregate = aggregate;
        }
        draft
    });
    each.collect()
}

fn draft(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'_>) -> Draft {
    tile::refuse_companion(report, section);
    let known: Vec<&str> = KNOWN.into_iter().chain(["formula"]).collect();
    section.check_keys(report, &known);
    let mut inputs = Vec::new();
    let before = report.count();
    let source = source(report, names, section, &mut inputs);
    let format = format::read(report, section, &source);
    let sound = report.count() == before;
    let class = section.choice(report, "class", &CLASSES);
    if matches!(source, Source::Rows(_)) && section.has("by") && !section.has("class") {
        report.missing(
            section.key_at("by"),
            format!("{} has groups and no `class`", section.name),
            "group keys are texts: say who may see them, class = \"public\", \"internal\" or \"sensitive\"",
        );
    }
    let metric = Metric {
        id: section.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default().to_owned(),
        title: text::required(report, section, "title"),
        short: text::short(report, section),
        help: text::optional(report, section, "help"),
        unit: text::unit(report, section),
        format,
        tier: section.choice(report, "tier", &TIERS).unwrap_or(Tier::Standard),
        class: class.unwrap_or(Class::Internal),
        good: section.choice(report, "good", &GOODS).unwrap_or(Good::None),
        hidden: section.boolean(report, "hidden").unwrap_or(false),
        of: of(report, names, section),
        second: tile::second(report, names, section),
        statistic: None,
        usual_ms: tile::usual(report, section),
        counts_people: tile::counts_people(report, section),
        alerts: Vec::new(),
        source,
    };
    if sound {
        tile::check(report, section, &metric);
    }
    Draft { metric, at: section.at, sound, says_class: section.has("class"), inputs }
}

fn source(
    report: &mut Report<'_>,
    names: &Names<'_>,
    section: &Section<'_>,
    inputs: &mut Vec<Input>,
) -> Source {
    if section.has("formula") {
        section.refuse(report, &["from"], "`formula`", "expected one of them");
        section.refuse(
            report,
            &OF_ROWS,
            "`formula`",
            "a formula takes everything from the metrics that it names",
        );
        return Source::Formula(formula_of(report, names, section, inputs));
    }
    let from = section.require_str(report, "from", "from = a collection or \"$system\", or a formula");
    match from {
        Some(from) if from.value == "$system" => Source::System(figure(report, section)),
        from => Source::Rows(rows::read(report, section, from.as_ref())),
    }
}

fn figure(report: &mut Report<'_>, section: &Section<'_>) -> SystemFigure {
    section.refuse(
        report,
        &["match", "window", "aggregate", "by"],
        "`from = \"$system\"`",
        "expected `value` only",
    );
    let value = section.require_str(report, "value", "the name of a figure such as \"stream_lag_s\"");
    let figure = value.and_then(|value| crate::section::choose(report, "system figure", &value, &FIGURES));
    figure.unwrap_or(SystemFigure::Clients)
}

fn formula_of(
    report: &mut Report<'_>,
    names: &Names<'_>,
    section: &Section<'_>,
    inputs: &mut Vec<Input>,
) -> Formula {
    let Some(text) = section.str(report, "formula") else {
        return Formula { text: String::new(), root: Expr::Number(0.0), by: Vec::new() };
    };
    let parsed = formula::parse(text.value, names);
    for mistake in parsed.mistakes {
        let at = report.inside(&text.span, text.value, mistake.at);
        if mistake.unknown {
            report.missing(at, mistake.message, mistake.help);
        } else {
            report.problem(at, mistake.message, mistake.help);
        }
    }
    for input in parsed.inputs {
        inputs.push(Input { at: report.inside(&text.span, text.value, input.at), ..input });
    }
    Formula { text: text.value.to_owned(), root: parsed.root.unwrap_or(Expr::Number(0.0)), by: Vec::new() }
}

fn of(report: &mut Report<'_>, names: &Names<'_>, section: &Section<'_>) -> Option<usize> {
    let id = section.str(report, "of")?;
    if section.get("id").and_then(|own| own.get_ref().as_str()) == Some(id.value) {
        report.problem(
            id.at(),
            "`of` names the metric itself",
            "expected the metric that this one is a part of",
        );
        return None;
    }
    names.resolve(report, "of", &id)
}

/// The name of an icon of the app.
pub(crate) fn icon(report: &mut Report<'_>, section: &Section<'_>) -> Option<String> {
    let icon: Str<'_> = section.str(report, "icon")?;
    if !icons::icons().any(|name| name == icon.value) {
        let help = suggest::help(icon.value, icons::icons());
        report.problem(icon.at(), format!("unknown icon `{}`", icon.value), help);
    }
    Some(icon.value.to_owned())
}
