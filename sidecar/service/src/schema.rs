//! A checked board in the words of the wire.

use vigil_board as board;
use vigil_wire as wire;

/// What clients need to draw this board.
pub fn of(board: &board::Board) -> wire::BoardSchema {
    wire::BoardSchema {
        id: board.id.clone(),
        hash: board.hash.clone(),
        title: text(&board.title),
        timezone: board.timezone_name.clone(),
        headline: board.headline.as_ref().map(text),
        promise_ms: [
            board.tiers.critical.confirm_ms,
            board.tiers.standard.confirm_ms,
            board.tiers.historical.confirm_ms,
            board.tiers.report.confirm_ms,
        ],
        labels: board
            .labels
            .iter()
            .map(|(field, words)| (field.clone(), words.iter().map(|(k, t)| (k.clone(), text(t))).collect()))
            .collect(),
        groups: board.groups.iter().map(|one| group(board, one)).collect(),
        panels: drawn(board).map(|(_, panel)| panel_schema(board, panel)).collect(),
        metrics: (0..).zip(&board.metrics).map(|(i, one)| metric(board, i, one)).collect(),
    }
}

/// The wire's name of a board's tier.
pub fn tier(tier: board::Tier) -> wire::Tier {
    match tier {
        board::Tier::Critical => wire::Tier::Critical,
        board::Tier::Standard => wire::Tier::Standard,
        board::Tier::Historical => wire::Tier::Historical,
        board::Tier::Report => wire::Tier::Report,
    }
}

fn text(text: &board::Text) -> wire::LocalText {
    wire::LocalText(text.clone())
}

fn group(board: &board::Board, group: &board::Group) -> wire::GroupSchema {
    wire::GroupSchema {
        id: group.id.clone(),
        title: text(&group.title),
        icon: group.icon.clone(),
        tiles: group.tiles.iter().map(|i| index(*i)).collect(),
        panels: group
            .panels
            .iter()
            .filter_map(|i| drawn(board).position(|(drawn, _)| drawn == *i))
            .map(index)
            .collect(),
    }
}

/// The panels that clients can draw: the others need a history, which is not kept yet.
fn drawn(board: &board::Board) -> impl Iterator<Item = (usize, &board::Panel)> {
    board.panels.iter().enumerate().filter(|(_, panel)| panel.kind == board::PanelKind::Bars)
}

fn panel_schema(board: &board::Board, panel: &board::Panel) -> wire::PanelSchema {
    let metric = panel.metrics.first().copied().unwrap_or(0);
    let breakdowns = board.metrics.get(metric).map(board::Metric::breakdowns).unwrap_or_default();
    let by = breakdowns.iter().position(|name| Some(*name) == panel.by.as_deref()).unwrap_or(0);
    wire::PanelSchema {
        id: panel.id.clone(),
        title: text(&panel.title),
        kind: wire::PanelKind::Bars,
        metric: index(metric),
        by: u8::try_from(by).unwrap_or(u8::MAX),
        limit: panel.limit,
    }
}

fn metric(board: &board::Board, at: usize, metric: &board::Metric) -> wire::MetricSchema {
    wire::MetricSchema {
        id: metric.id.clone(),
        title: text(&metric.title),
        short: metric.short.as_ref().map(text),
        help: metric.help.as_ref().map(text),
        unit: metric.unit.as_ref().map(|(one, other)| wire::UnitText { one: text(one), other: text(other) }),
        format: format(&metric.format),
        tier: tier(metric.tier),
        class: match metric.class {
            board::Class::Public => wire::Class::Public,
            board::Class::Internal => wire::Class::Internal,
            board::Class::Sensitive => wire::Class::Sensitive,
        },
        good: match metric.good {
            board::Good::Up => wire::Good::Up,
            board::Good::Down => wire::Good::Down,
            board::Good::None => wire::Good::None,
        },
        hidden: metric.hidden,
        labels: board.value_words(at).map(str::to_owned),
        by: metric.breakdowns().into_iter().map(|name| breakdown(board, at, name)).collect(),
        of: metric.of.map(index),
        second: match &metric.second {
            Some(board::Second::Text(second)) => Some(text(second)),
            Some(board::Second::Share) | None => None,
            // Needs a history, which is not kept yet.
            Some(board::Second::Delta) => None,
        },
        share: metric.second == Some(board::Second::Share),
        statistic: metric.statistic.clone(),
    }
}

fn breakdown(board: &board::Board, metric: usize, name: &str) -> wire::BreakdownSchema {
    let naming = board.naming(metric, name);
    wire::BreakdownSchema {
        name: name.to_owned(),
        labels: naming.labels.map(str::to_owned),
        names: naming.names.map(index),
        unit: naming.unit.map(|unit| match unit {
            board::TimeUnit::Hour => wire::TimeUnit::Hour,
            board::TimeUnit::Day => wire::TimeUnit::Day,
            board::TimeUnit::Weekday => wire::TimeUnit::Weekday,
        }),
    }
}

fn format(format: &board::Format) -> wire::Format {
    match format {
        board::Format::Number { decimals } => wire::Format::Number { decimals: *decimals },
        board::Format::Percent { decimals } => wire::Format::Percent { decimals: *decimals },
        board::Format::Money { currency } => wire::Format::Money { currency: currency.clone() },
        board::Format::Age => wire::Format::Age,
        board::Format::Duration => wire::Format::Duration,
        board::Format::Text => wire::Format::Text,
    }
}

fn index(index: usize) -> u32 {
    // A board is a text of at most a few thousand metrics; u32 is not a limit that can be met.
    u32::try_from(index).unwrap_or(u32::MAX)
}
