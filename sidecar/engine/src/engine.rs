//! All metrics of one board over the rows of its collections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bson::{Bson, RawDocument};
use vigil_board::{Aggregate, Board, Rows, Source, SystemFigure, Tier};
use vigil_wire::{ClusterTime, MetricPatch, MetricState, Millis, NoData, Value};

use crate::change::{Applied, Change};
use crate::formula;
use crate::groups::is_same;
use crate::metric::{Clock, RowsMetric};
use crate::row::layouts;
use crate::window::Days;
use crate::zone::Zone;

mod collection;
mod computed;
mod shown;

use collection::Collection;
use computed::FormulaMetric;

/// Holds the rows and the metrics; the only thing of this crate that has state.
///
/// Every call is deterministic: the same calls in the same order give the same answers.
#[derive(Debug)]
pub struct Engine {
    board: Arc<Board>,
    clock: Clock,
    collections: Vec<Collection>,
    by_name: BTreeMap<String, usize>,
    metrics: Vec<Metric>,
}

#[derive(Debug)]
enum Metric {
    /// Answers this metric's question, and those of metrics that differ in their aggregate alone.
    Rows(Box<RowsMetric>),
    /// One more answer of the metric of that index.
    Answer {
        of: usize,
        answer: usize,
    },
    System {
        figure: SystemFigure,
        value: Value,
        version: u64,
        drained: Option<Value>,
    },
    Formula(FormulaMetric),
}

impl Engine {
    /// An engine with no rows. `now` is MongoDB's clock.
    pub fn new(board: Arc<Board>, now: Millis) -> Engine {
        let mut collections: Vec<Collection> = Vec::new();
        let mut by_name = BTreeMap::new();
        for (name, layout) in layouts(&board) {
            by_name.insert(name.clone(), collections.len());
            collections.push(Collection::new(name, layout));
        }
        let zone = Arc::new(Zone::new(&board.timezone));
        let mut metrics = Vec::with_capacity(board.metrics.len());
        for (index, metric) in board.metrics.iter().enumerate() {
            metrics.push(match &metric.source {
                Source::Rows(rows) => {
                    let answers = answers(&board, index);
                    let answer = answers.iter().position(|(metric, _)| *metric == index);
                    if let (Some(answer @ 1..), Some(&(of, _))) = (answer, answers.first()) {
                        metrics.push(Metric::Answer { of, answer });
                        continue;
                    }
                    let from = &mut collections[by_name[&rows.from]];
                    from.metrics.push(index);
                    let metric = RowsMetric::new(rows, &answers, &from.layout, board.max_groups, &zone);
                    shown::link(&mut collections, &by_name, index, rows);
                    Metric::Rows(Box::new(metric))
                }
                Source::System(figure) => {
                    let value = Value::None(NoData::Unavailable);
                    Metric::System { figure: *figure, value, version: 0, drained: None }
                }
                Source::Formula(_) => Metric::Formula(FormulaMetric::new(&board, index)),
            });
        }
        let days = Days::new(board.timezone.clone(), now);
        Engine { board, clock: Clock { now, days }, collections, by_name, metrics }
    }

    /// Forgets the collection's rows; what is loaded next is as of `at`.
    pub fn begin_scan(&mut self, collection: &str, at: ClusterTime) {
        if let Some(&index) = self.by_name.get(collection) {
            self.collections[index].begin_scan(at, &mut Metrics::of(&mut self.metrics, &self.clock));
            self.regroup(index);
        }
    }

    /// One scanned document: tracked fields and `_id`. What cannot be read is set aside and counted.
    pub fn load(&mut self, collection: &str, document: &RawDocument) {
        if let Some(&index) = self.by_name.get(collection) {
            self.collections[index].load(document, &mut Metrics::of(&mut self.metrics, &self.clock));
            self.regroup(index);
        }
    }

    /// Applies a change; one at or before its row's own time is [`Applied::Old`]. Changes of
    /// collections that the board does not name do nothing.
    ///
    /// After [`Applied::Unknown`] the row stays as it was until [`Engine::reread`], a put or a delete;
    /// updates of it are only noted until then.
    pub fn apply(&mut self, change: Change) -> Applied {
        let Some(&index) = self.by_name.get(&change.collection) else { return Applied::Done };
        let applied = self.collections[index].apply(change, &mut Metrics::of(&mut self.metrics, &self.clock));
        self.regroup(index);
        applied
    }

    /// A document as it was read at `at`; `None`: it is gone.
    ///
    /// [`Applied::Unknown`]: a later update was noted meanwhile, read it again at a later time.
    /// [`Applied::Old`]: a put, delete or clear that is later than `at` had made the row known.
    pub fn reread(
        &mut self,
        collection: &str,
        id: &Bson,
        document: Option<&RawDocument>,
        at: ClusterTime,
    ) -> Applied {
        let Some(&index) = self.by_name.get(collection) else { return Applied::Done };
        let metrics = &mut Metrics::of(&mut self.metrics, &self.clock);
        let applied = self.collections[index].reread(id, document, at, metrics);
        self.regroup(index);
        applied
    }

    /// Moves time on to `now`: window entries and exits, midnights. Earlier than before: nothing.
    pub fn advance(&mut self, now: Millis) {
        if now <= self.clock.now {
            return;
        }
        for collection in &self.collections {
            for &metric in &collection.metrics {
                if let Metric::Rows(metric) = &mut self.metrics[metric] {
                    metric.advance(now, &self.clock, &collection.table, &collection.layout);
                }
            }
        }
        self.clock.now = now;
        self.clock.days.turn_to(now);
    }

    /// When [`Engine::advance`] will next have something to do. A formula with `hours(…)` changes with
    /// every whole second.
    pub fn next_change_at(&self) -> Option<Millis> {
        let timers = self.metrics.iter().filter_map(|metric| match metric {
            Metric::Rows(metric) => metric.members.next_change_at(),
            Metric::Formula(formula) if formula.reads_time => {
                Some(formula::grain(self.clock.now) + formula::HOURS_GRAIN_MS)
            }
            Metric::Formula(_) | Metric::System { .. } | Metric::Answer { .. } => None,
        });
        timers.min()
    }

    /// Time as it was last given.
    pub fn now(&self) -> Millis {
        self.clock.now
    }

    pub fn set_system(&mut self, figure: SystemFigure, new: Value) {
        for metric in &mut self.metrics {
            if let Metric::System { figure: own, value, version, .. } = metric
                && *own == figure
                && !is_same(value, &new)
            {
                *value = new.clone();
                *version += 1;
            }
        }
    }

    /// Whether a drain of that tier may bring something.
    pub fn is_dirty(&self, tier: Tier) -> bool {
        self.of_tier(tier).any(|metric| match &self.metrics[metric] {
            Metric::Rows(metric) => metric.tally.is_dirty(),
            Metric::Answer { .. } => false,
            Metric::System { value, drained, .. } => {
                drained.as_ref().is_none_or(|drained| !is_same(drained, value))
            }
            Metric::Formula(formula) => formula.drained_at.as_ref() != Some(&self.inputs_at(formula)),
        })
    }

    fn of_tier(&self, tier: Tier) -> impl Iterator<Item = usize> {
        (0..self.metrics.len()).filter(move |&metric| self.board.metrics[metric].tier == tier)
    }

    /// What changed since that tier was last drained; the first drain brings everything.
    pub fn drain(&mut self, tier: Tier) -> Vec<MetricPatch> {
        let mut patches = Vec::new();
        let metrics: Vec<usize> = self.of_tier(tier).collect();
        for index in metrics {
            let mut patch = MetricPatch { i: index as u32, v: None, g: Vec::new(), gone: Vec::new() };
            if let Metric::Formula(formula) = &self.metrics[index] {
                let at = self.inputs_at(formula);
                if formula.drained_at.as_ref() == Some(&at) {
                    continue;
                }
                let state = self.state(index, &mut BTreeMap::new());
                if let Metric::Formula(formula) = &mut self.metrics[index] {
                    formula.drain(at, state, &mut patch);
                }
            }
            match &mut self.metrics[index] {
                Metric::Rows(metric) => {
                    patches.extend(metric.tally.drain().into_iter().filter(says_anything))
                }
                Metric::System { value, drained, .. } => {
                    if drained.as_ref().is_none_or(|drained| !is_same(drained, value)) {
                        *drained = Some(value.clone());
                        patch.v = Some(value.clone());
                    }
                }
                Metric::Formula(_) | Metric::Answer { .. } => {}
            }
            if says_anything(&patch) {
                patches.push(patch);
            }
        }
        patches.sort_by_key(|patch| patch.i);
        patches
    }

    /// All metrics as they are now, in the order of the board.
    pub fn states(&self) -> Vec<MetricState> {
        let mut known = BTreeMap::new();
        (0..self.metrics.len()).map(|index| self.state(index, &mut known)).collect()
    }

    /// One metric as it is now; `None` when the board has none of that index.
    pub fn metric_state(&self, metric: usize) -> Option<MetricState> {
        (metric < self.metrics.len()).then(|| self.state(metric, &mut BTreeMap::new()))
    }

    fn state(&self, index: usize, known: &mut BTreeMap<usize, MetricState>) -> MetricState {
        if let Some(state) = known.get(&index) {
            return state.clone();
        }
        let state = match (&self.metrics[index], &self.board.metrics[index].source) {
            (Metric::Rows(metric), _) => metric.tally.state(0),
            (Metric::Answer { answer, .. }, _) => {
                self.question(index).map_or_else(unavailable, |question| question.tally.state(*answer))
            }
            (Metric::System { value, .. }, _) => {
                MetricState { total: value.clone(), groups: BTreeMap::new() }
            }
            (Metric::Formula(_), Source::Formula(formula)) => {
                let mut used = BTreeSet::new();
                formula::metrics_of(&formula.root, &mut used);
                let mut inputs = vec![None; self.metrics.len()];
                for metric in used {
                    inputs[metric] = Some(self.state(metric, known));
                }
                formula::state(&self.board, formula, &inputs, self.clock.now)
            }
            (Metric::Formula(_), _) => unavailable(),
        };
        known.insert(index, state.clone());
        state
    }

    /// What a formula's value depends on, by now.
    fn inputs_at(&self, formula: &FormulaMetric) -> (Vec<u64>, Option<Millis>) {
        let version = |metric: &usize| match (&self.metrics[*metric], self.question(*metric)) {
            (_, Some(question)) => question.tally.version,
            (Metric::System { version, .. }, _) => *version,
            _ => 0,
        };
        let now = formula.reads_time.then(|| formula::grain(self.clock.now));
        (formula.inputs.iter().map(version).collect(), now)
    }

    /// How many rows are held.
    pub fn rows(&self) -> usize {
        self.collections.iter().map(|collection| collection.table.len()).sum()
    }

    /// Bytes that rows and their index take, without window timers and groups.
    pub fn row_bytes(&self) -> usize {
        self.collections.iter().map(|collection| collection.table.bytes()).sum()
    }

    /// Bytes that the timers of windows take.
    pub fn timer_bytes(&self) -> usize {
        let timers = self.metrics.iter().map(|metric| match metric {
            Metric::Rows(metric) => metric.members.timer_bytes(),
            Metric::System { .. } | Metric::Formula(_) | Metric::Answer { .. } => 0,
        });
        timers.sum()
    }

    /// Rows that wait for [`Engine::reread`]. While there are any, no state is exact.
    pub fn awaiting(&self) -> usize {
        self.collections.iter().map(Collection::awaiting).sum()
    }

    /// Whether that row waits for [`Engine::reread`].
    pub fn awaits(&self, collection: &str, id: &Bson) -> bool {
        self.by_name.get(collection).is_some_and(|&index| self.collections[index].awaits(id))
    }

    /// Documents that cannot be read, and rows that a metric cannot use (once per metric).
    pub fn set_aside(&self) -> u64 {
        let documents: u64 = self.collections.iter().map(Collection::set_aside).sum();
        documents + (0..self.metrics.len()).map(|metric| self.set_aside_of(metric)).sum::<u64>()
    }

    /// Rows that this metric cannot use: a date of its window, or of its value, is neither a date nor
    /// null, or its value is no number where one is needed.
    pub fn set_aside_of(&self, metric: usize) -> u64 {
        match (self.question(metric), self.board.metrics.get(metric).map(|metric| &metric.source)) {
            (Some(question), Some(Source::Rows(rows))) => {
                question.members.set_aside() + question.tally.set_aside(rows.aggregate)
            }
            _ => 0,
        }
    }

    /// What answers a metric over rows.
    fn question(&self, metric: usize) -> Option<&RowsMetric> {
        match self.metrics.get(metric)? {
            Metric::Rows(question) => Some(question),
            Metric::Answer { of, .. } => self.question(*of),
            Metric::System { .. } | Metric::Formula(_) => None,
        }
    }
}

/// The metrics, in order, that ask the same of the same rows but for the aggregate, and are drained
/// together; this one among them.
fn answers(board: &Board, metric: usize) -> Vec<(usize, Aggregate)> {
    let Source::Rows(own) = &board.metrics[metric].source else { return Vec::new() };
    let tier = board.metrics[metric].tier;
    let others = board.metrics.iter().enumerate().filter_map(|(index, other)| match &other.source {
        Source::Rows(rows) if other.tier == tier => Some((index, rows)),
        _ => None,
    });
    // A filter that names NaN is not equal to itself.
    others
        .filter(|(index, rows)| {
            *index == metric || Rows { aggregate: own.aggregate, ..(*rows).clone() } == *own
        })
        .map(|(index, rows)| (index, rows.aggregate))
        .collect()
}

fn says_anything(patch: &MetricPatch) -> bool {
    patch.v.is_some() || !patch.g.is_empty() || !patch.gone.is_empty()
}

fn unavailable() -> MetricState {
    MetricState { total: Value::None(NoData::Unavailable), groups: BTreeMap::new() }
}

/// What collections change: the metrics, at the time of the clock.
struct Metrics<'a> {
    metrics: &'a mut [Metric],
    clock: &'a Clock,
}

impl<'a> Metrics<'a> {
    fn of(metrics: &'a mut [Metric], clock: &'a Clock) -> Self {
        Metrics { metrics, clock }
    }
}
