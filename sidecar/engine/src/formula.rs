//! Formulas: arithmetic over other metrics, by one pure function that the engine and the audit share.

use std::collections::BTreeSet;

use vigil_board::{Board, Expr, Formula, Metric, Operator, Source};
use vigil_wire::{MetricState, Millis, NoData, Value};

use crate::groups::ALL_GROUPS;

/// `hours(…)` sees time in steps of this length, so that a formula changes once a second at most.
pub const HOURS_GRAIN_MS: i64 = 1000;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// `now` as `hours(…)` sees it.
pub(crate) fn grain(now: Millis) -> Millis {
    now.div_euclid(HOURS_GRAIN_MS) * HOURS_GRAIN_MS
}

/// A formula's whole state from its inputs' states, group by group over the union of their groups.
///
/// `inputs` is indexed as the board's metrics. One of the sidecar's own figures
/// takes part in each group with its one value. A group that a count or sum lacks is 0 there.
pub(crate) fn state(
    board: &Board,
    formula: &Formula,
    inputs: &[Option<MetricState>],
    now: Millis,
) -> MetricState {
    let now = grain(now);
    let mut used = BTreeSet::new();
    metrics_of(&formula.root, &mut used);
    let context = Context { board, inputs, now, group: None };
    let mut state = MetricState { total: context.value(&formula.root), groups: Default::default() };
    for (by, name) in (0_u8..).zip(&formula.by) {
        let mut keys = BTreeSet::new();
        let mut too_many = false;
        for &metric in &used {
            let Some((index, input)) = breakdown_of(board, metric, name).zip(input(inputs, metric)) else {
                continue;
            };
            for (key, _) in input.groups.range((index, String::new())..).take_while(|(key, _)| key.0 == index)
            {
                too_many |= key.1 == ALL_GROUPS;
                keys.insert(key.1.as_str());
            }
        }
        if too_many {
            state.groups.insert((by, ALL_GROUPS.to_owned()), Value::None(NoData::TooManyGroups));
            continue;
        }
        for key in keys {
            let context = Context { group: Some((name, key)), ..context };
            state.groups.insert((by, key.to_owned()), context.value(&formula.root));
        }
    }
    state
}

/// The metrics that an expression names.
pub(crate) fn metrics_of(expr: &Expr, into: &mut BTreeSet<usize>) {
    match expr {
        Expr::Number(_) => {}
        Expr::Metric(metric) => drop(into.insert(*metric)),
        Expr::Negate(inner) | Expr::Hours(inner) => metrics_of(inner, into),
        Expr::Binary(_, a, b) | Expr::Else(a, b) => {
            metrics_of(a, into);
            metrics_of(b, into);
        }
        Expr::Min(parts) | Expr::Max(parts) => parts.iter().for_each(|part| metrics_of(part, into)),
    }
}

/// Whether an expression's value changes as time passes.
pub(crate) fn reads_time(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Metric(_) => false,
        Expr::Hours(_) => true,
        Expr::Negate(inner) => reads_time(inner),
        Expr::Binary(_, a, b) | Expr::Else(a, b) => reads_time(a) || reads_time(b),
        Expr::Min(parts) | Expr::Max(parts) => parts.iter().any(reads_time),
    }
}

fn input(inputs: &[Option<MetricState>], metric: usize) -> Option<&MetricState> {
    inputs.get(metric)?.as_ref()
}

fn breakdown_of(board: &Board, metric: usize, name: &str) -> Option<u8> {
    let breakdowns = board.metrics.get(metric).map(Metric::breakdowns)?;
    u8::try_from(breakdowns.iter().position(|breakdown| *breakdown == name)?).ok()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operand {
    Number(f64),
    Instant(Millis),
}

#[derive(Clone, Copy)]
struct Context<'a> {
    board: &'a Board,
    inputs: &'a [Option<MetricState>],
    now: Millis,
    /// Breakdown and key; the total when there is none.
    group: Option<(&'a str, &'a str)>,
}

impl Context<'_> {
    fn value(&self, expr: &Expr) -> Value {
        match self.eval(expr).and_then(number) {
            // One zero.
            Ok(x) => Value::Double(x + 0.0),
            Err(why) => Value::None(why),
        }
    }

    fn eval(&self, expr: &Expr) -> Result<Operand, NoData> {
        match expr {
            Expr::Number(x) => Ok(Operand::Number(*x)),
            Expr::Metric(metric) => self.metric(*metric),
            Expr::Negate(inner) => Ok(Operand::Number(-number(self.eval(inner)?)?)),
            Expr::Binary(operator, a, b) => {
                let (a, b) = (number(self.eval(a)?)?, number(self.eval(b)?)?);
                binary(*operator, a, b).map(Operand::Number)
            }
            Expr::Min(parts) => self.extreme(parts, |new, best| new < best),
            Expr::Max(parts) => self.extreme(parts, |new, best| new > best),
            Expr::Hours(inner) => match self.eval(inner)? {
                Operand::Instant(date) => {
                    let elapsed_ms = i128::from(self.now) - i128::from(date);
                    Ok(Operand::Number(elapsed_ms as f64 / MS_PER_HOUR))
                }
                Operand::Number(_) => Err(NoData::MissingInput),
            },
            Expr::Else(first, second) => self.eval(first).or_else(|_| self.eval(second)),
        }
    }

    fn extreme(&self, parts: &[Expr], wins: fn(f64, f64) -> bool) -> Result<Operand, NoData> {
        let mut best: Option<Operand> = None;
        for part in parts {
            let new = self.eval(part)?;
            best = Some(match (best, new) {
                (None, new) => new,
                (Some(Operand::Number(old)), Operand::Number(x)) => {
                    Operand::Number(if old.is_nan() || x.is_nan() {
                        f64::NAN
                    } else if wins(x, old) {
                        x
                    } else {
                        old
                    })
                }
                (Some(Operand::Instant(old)), Operand::Instant(t)) => {
                    Operand::Instant(if wins(t as f64, old as f64) { t } else { old })
                }
                _ => return Err(NoData::MissingInput),
            });
        }
        best.ok_or(NoData::MissingInput)
    }

    fn metric(&self, metric: usize) -> Result<Operand, NoData> {
        let input = input(self.inputs, metric).ok_or(NoData::MissingInput)?;
        let grouped = self.group.and_then(|(name, key)| Some((breakdown_of(self.board, metric, name)?, key)));
        let value = match grouped {
            None => &input.total,
            Some((by, key)) => match input.groups.get(&(by, key.to_owned())) {
                Some(value) => value,
                None if self.is_additive(metric) => &Value::Int(0),
                None => return Err(NoData::MissingInput),
            },
        };
        operand(value)
    }

    /// A count or sum: over nothing it is 0.
    fn is_additive(&self, metric: usize) -> bool {
        match self.board.metrics.get(metric).map(|metric| &metric.source) {
            Some(Source::Rows(rows)) => rows.aggregate.is_additive(),
            _ => false,
        }
    }
}

fn operand(value: &Value) -> Result<Operand, NoData> {
    match value {
        Value::Int(n) => Ok(Operand::Number(*n as f64)),
        Value::Double(x) => Ok(Operand::Number(*x)),
        Value::Decimal(text) => text.parse().map(Operand::Number).map_err(|_| NoData::MissingInput),
        Value::Date(ms) => Ok(Operand::Instant(*ms)),
        Value::None(NoData::DivisionByZero) => Err(NoData::DivisionByZero),
        Value::None(_) | Value::Text(_) => Err(NoData::MissingInput),
    }
}

fn number(operand: Operand) -> Result<f64, NoData> {
    match operand {
        Operand::Number(x) => Ok(x),
        Operand::Instant(_) => Err(NoData::MissingInput),
    }
}

fn binary(operator: Operator, a: f64, b: f64) -> Result<f64, NoData> {
    match operator {
        Operator::Add => Ok(a + b),
        Operator::Subtract => Ok(a - b),
        Operator::Multiply => Ok(a * b),
        Operator::Divide if b == 0.0 => Err(NoData::DivisionByZero),
        Operator::Divide => Ok(a / b),
    }
}
