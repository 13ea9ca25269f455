use std::collections::{BTreeMap, BTreeSet};

use super::{Board, GroupKey, Path, Quantity, Rows, Source};

impl Board {
    /// Per collection every path that a metric reads, and no feed: feeds are not evaluated yet. A
    /// collection that only names keys has an empty set.
    pub fn paths(&self) -> BTreeMap<String, BTreeSet<Path>> {
        let mut paths: BTreeMap<String, BTreeSet<Path>> = BTreeMap::new();
        for metric in &self.metrics {
            if let Source::Rows(rows) = &metric.source {
                rows.collect_paths(&mut paths);
            }
        }
        paths
    }

    /// What leaves MongoDB: per collection the tracked paths, ancestors absorbing their descendants.
    /// `_id` always comes and is not listed.
    pub fn watched(&self) -> BTreeMap<String, BTreeSet<Path>> {
        let mut watched = self.paths();
        for paths in watched.values_mut() {
            *paths = paths.iter().map(|path| before_position(path).to_owned()).collect();
            paths.retain(|path| path != "_id" && !path.starts_with("_id."));
            let all = paths.clone();
            paths.retain(|path| !ancestors(path).any(|ancestor| all.contains(ancestor)));
        }
        watched
    }
}

impl Rows {
    fn collect_paths(&self, paths: &mut BTreeMap<String, BTreeSet<Path>>) {
        let own = paths.entry(self.from.clone()).or_default();
        self.filter.collect_paths(own);
        own.extend(self.window.iter().flat_map(|window| window.fields()).map(str::to_owned));
        match self.value.as_ref().map(|value| &value.of) {
            Some(Quantity::Field(path)) => drop(own.insert(path.clone())),
            Some(Quantity::Between { from, to, .. }) => own.extend([from.clone(), to.clone()]),
            None => {}
        }
        own.extend(self.by.iter().map(|breakdown| breakdown.key.field().to_owned()));
        for breakdown in &self.by {
            if let Some(keys) = &breakdown.keys {
                keys.filter.collect_paths(paths.entry(keys.from.clone()).or_default());
            }
            if let GroupKey::Via { from, show, .. } = &breakdown.key {
                paths.entry(from.clone()).or_default().insert(show.clone());
            }
        }
    }
}

/// Nothing in MongoDB can be projected by position: the array that holds it comes whole.
fn before_position(path: &str) -> &str {
    let is_position = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    let dots = path.match_indices('.').map(|(at, _)| at);
    let end = dots.clone().find(|at| path[at + 1..].split('.').next().is_some_and(is_position));
    end.map_or(path, |end| &path[..end])
}

fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').map(|(at, _)| &path[..at])
}
