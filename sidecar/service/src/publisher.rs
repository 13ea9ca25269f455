//! One task that owns what is published: persist, then publish.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};
use vigil_publish::{LogId, Published, open_number};
use vigil_wire::{AsOf, MetricPatch, MetricState, Millis, RedisState, SourceStatus, Tier};

use crate::clock::MongoClock;
use crate::http::stopped;
use crate::hub::Hub;
use crate::metrics;
use crate::random;
use crate::redis_log::{Found, LogFailure, RedisLog};

/// Publications that may wait; whoever makes more waits itself.
const WAITING: usize = 4;

/// What is new; every part may be empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Publication {
    pub patches: Vec<MetricPatch>,
    /// The state of every metric, in the board's order: groups that are not in it are gone. It says
    /// everything; `patches` is not looked at beside it.
    pub whole: Option<Vec<MetricState>>,
    pub as_of: Vec<(Tier, AsOf)>,
    /// MongoDB's clock at the last instant at which a tier's values are known to be true.
    pub confirmed: Vec<(Tier, Millis)>,
    pub status: Option<SourceStatus>,
}

impl Publication {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self == &Publication::default()
    }
}

/// The way in; clones share one queue.
#[derive(Debug, Clone)]
pub struct Publisher {
    queue: mpsc::Sender<Publication>,
    redis: watch::Receiver<RedisState>,
    clients: watch::Receiver<usize>,
}

/// A place in the queue.
#[derive(Debug)]
pub struct Permit(mpsc::OwnedPermit<Publication>);

impl Permit {
    pub fn publish(self, publication: Publication) {
        self.0.send(publication);
    }
}

impl Publisher {
    /// Waits for a place in the queue; `None` when the server has stopped.
    pub async fn reserve(&self) -> Option<Permit> {
        self.queue.clone().reserve_owned().await.ok().map(Permit)
    }

    /// Queues a publication; once the server has stopped it goes nowhere.
    pub async fn publish(&self, publication: Publication) {
        if let Some(permit) = self.reserve().await {
            permit.publish(publication);
        }
    }

    pub fn redis_state(&self) -> watch::Receiver<RedisState> {
        self.redis.clone()
    }

    /// Open sockets.
    pub fn clients(&self) -> watch::Receiver<usize> {
        self.clients.clone()
    }
}

/// The task behind a [`Publisher`].
pub(crate) struct Publishing {
    hub: Arc<Hub>,
    log: RedisLog,
    /// One step ahead of the hub while that step is written to the log.
    ahead: Published,
    clock: MongoClock,
    queue: mpsc::Receiver<Publication>,
    redis: watch::Sender<RedisState>,
}

enum Action {
    Publish(Publication),
    Renew,
    Found(Found),
    Stop,
}

impl Publishing {
    pub fn new(
        hub: Arc<Hub>,
        log: RedisLog,
        published: Published,
        clock: MongoClock,
        clients: watch::Receiver<usize>,
    ) -> (Publisher, Publishing) {
        let (sender, queue) = mpsc::channel(WAITING);
        let redis = watch::Sender::new(log.state());
        let publisher = Publisher { queue: sender, redis: redis.subscribe(), clients };
        (publisher, Publishing { hub, log, ahead: published, clock, queue, redis })
    }

    /// Runs until `stop` says true or every [`Publisher`] is gone; then gives the lease back.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut renewal = interval(self.log.renew_every());
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let action = tokio::select! {
                biased;
                () = stopped(&mut stop) => Action::Stop,
                found = self.log.found() => Action::Found(found),
                next = self.queue.recv() => next.map_or(Action::Stop, Action::Publish),
                _ = renewal.tick() => Action::Renew,
            };
            match action {
                Action::Publish(publication) => self.publish(publication).await,
                Action::Renew => self.renew().await,
                Action::Found(found) => self.open(found).await,
                Action::Stop => break,
            }
            self.tell_state();
        }
        self.log.release().await;
    }

    async fn publish(&mut self, publication: Publication) {
        let now = self.clock.now();
        if let Some(source) = publication.status {
            metrics::source(&source);
            self.hub.set_source(source);
        }
        let change = match publication.whole {
            Some(states) => self.ahead.difference_to(&states),
            None => self.ahead.difference(&publication.patches),
        };
        let Some(change) = change else {
            self.ahead.confirm(&publication.as_of, &publication.confirmed);
            self.hub.publish(None, &publication.as_of, &publication.confirmed, now);
            return;
        };
        let shared = self.ahead.seq();
        self.ahead.commit(change.clone(), now);
        self.ahead.confirm(&publication.as_of, &publication.confirmed);
        let started = tokio::time::Instant::now();
        let last = self.log.last();
        if let Err(failure) = self.log.append(&self.ahead, self.hub.schema(), &change).await {
            self.go_alone(&failure, last, shared);
        }
        metrics::persisted(started.elapsed());
        self.hub.publish(Some(change), &publication.as_of, &publication.confirmed, now);
        metrics::published(self.ahead.seq());
    }

    async fn renew(&mut self) {
        let now = self.clock.now();
        self.ahead.expire(now);
        self.hub.expire(now);
        let last = self.log.last();
        if let Err(failure) = self.log.renew(&self.ahead, self.hub.schema()).await {
            self.go_alone(&failure, last, self.ahead.seq());
        }
    }

    /// Redis was found again: the log starts over from the whole state.
    async fn open(&mut self, found: Found) {
        let last = found.last();
        let number = self.ahead.epoch().number();
        if last.is_some_and(|last| last.number >= number) {
            self.fork(last, self.ahead.seq());
        }
        match self.log.open(found, &self.ahead, self.hub.schema()).await {
            Ok(()) => info!(epoch = self.ahead.epoch().id(), seq = self.ahead.seq(), "the log is open"),
            Err(failure) => warn!(reason = %failure, "the log could not be opened"),
        }
    }

    fn go_alone(&mut self, failure: &LogFailure, last: Option<LogId>, shared: u64) {
        self.fork(last, shared);
        metrics::log_failed();
        warn!(reason = %failure, epoch = self.ahead.epoch().id(), "degraded: going on in an epoch of its own");
        // Before the step is published: nobody sees a state of the own epoch beside "live".
        self.tell_state();
    }

    fn fork(&mut self, last: Option<LogId>, shared: u64) {
        let own = LogId { number: self.ahead.epoch().number(), seq: shared };
        let unix_ms = u64::try_from(self.clock.now()).unwrap_or(0);
        let number = open_number(last.max(Some(own)), unix_ms);
        let random = random::bytes();
        self.ahead.fork(random, number, shared);
        self.hub.fork(random, number, shared);
    }

    fn tell_state(&mut self) {
        let state = self.log.state();
        let changed = self.redis.send_if_modified(|known| std::mem::replace(known, state) != state);
        if changed {
            self.hub.set_redis(state);
            metrics::redis_state(state);
        }
    }
}
