//! Both ends over a link that loses, delays and reorders, in virtual time, with the published state
//! that the service sends from.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use vigil_publish::{Epoch, Position, Published, Subscription};
use vigil_session::{
    Catalogue, ClientOutput, ClientSession, Ending, Grant, Moment, NextMove, ServerAction, ServerSession,
    Wanted,
};
use vigil_wire::{
    BoardSchema, BreakdownSchema, Class, ClientFrame, Format, Good, GroupPatch, Hello, Limits, LocalText,
    MetricPatch, MetricSchema, MetricState, PROTOCOL, ServerFrame, Tier, Value,
};

const METRICS: u32 = 3;
const LIMITS: Limits = Limits { frame_bytes: 65_536, idle_ms: 60_000 };

fn schema() -> BoardSchema {
    let metric = |i: u32| MetricSchema {
        id: format!("m{i}"),
        title: LocalText::default(),
        short: None,
        help: None,
        unit: None,
        format: Format::Number { decimals: 0 },
        tier: Tier::Critical,
        class: Class::Public,
        good: Good::None,
        hidden: false,
        labels: None,
        by: vec![BreakdownSchema { name: "site".into(), labels: None, names: None, unit: None }],
        of: None,
        second: None,
        share: false,
        statistic: None,
    };
    BoardSchema {
        id: "b".into(),
        hash: "cafe".into(),
        title: LocalText::default(),
        timezone: "UTC".into(),
        headline: None,
        promise_ms: [5_000, 30_000, 300_000, 900_000],
        labels: BTreeMap::new(),
        groups: vec![],
        panels: vec![],
        metrics: (0..METRICS).map(metric).collect(),
    }
}

fn moment(now: u64) -> Moment {
    Moment { elapsed_ms: now, wall_ms: i64::try_from(now).unwrap() - 7_777 }
}

/// One connection as the service would run it.
struct Connection {
    server: ServerSession,
    serving: Option<(Subscription, Option<Position>)>,
    closed: bool,
}

struct World {
    now: u64,
    published: Published,
    client: ClientSession,
    connection: Option<Connection>,
    reconnect_at: Option<u64>,
    to_client: Vec<ServerFrame>,
    to_server: Vec<ClientFrame>,
    /// What each name was seen to hold.
    seen: BTreeMap<(String, u64), String>,
    snapshots: usize,
}

impl World {
    fn new(metrics: Option<Vec<String>>, replay: usize) -> World {
        World {
            now: 0,
            published: Published::new("b", METRICS as usize, Epoch::new([1; 12], 1)).with_replay_seqs(replay),
            client: ClientSession::new(Wanted { metrics, ..Wanted::default() }),
            connection: None,
            reconnect_at: Some(0),
            to_client: vec![],
            to_server: vec![],
            seen: BTreeMap::new(),
            snapshots: 0,
        }
    }

    fn connect(&mut self) {
        let catalogue = Arc::new(Catalogue::of([&schema()]));
        let server = ServerSession::new(self.now, LIMITS, catalogue);
        self.connection = Some(Connection { server, serving: None, closed: false });
        self.reconnect_at = None;
        let outputs = self.client.opened(moment(self.now), Some("token".into()));
        self.client_says(outputs);
    }

    fn cut(&mut self, ending: Ending) {
        self.connection = None;
        self.to_client.clear();
        self.to_server.clear();
        match self.client.ended(ending, self.now.wrapping_mul(2_654_435_761)) {
            NextMove::Retry { in_ms } => self.reconnect_at = Some(self.now + in_ms),
            NextMove::Stop { code } => panic!("told to stop: {code}"),
        }
    }

    fn client_says(&mut self, outputs: Vec<ClientOutput>) {
        for output in outputs {
            match output {
                ClientOutput::Send(frame) => self.to_server.push(frame),
                ClientOutput::Abandon { .. } => return self.cut(Ending::Lost),
                ClientOutput::Event(_) => {}
            }
        }
        let Some((epoch, seq)) = self.client.replica().name() else { return };
        let content = written(self.client.replica().metrics());
        let name = (epoch.to_owned(), seq);
        let known = self.seen.entry(name.clone()).or_insert_with(|| content.clone());
        assert_eq!(*known, content, "{name:?} has two contents");
    }

    /// The server's next frames go onto the link.
    fn server_sends(&mut self) {
        let Some(Connection { serving: Some((subscription, position)), .. }) = &mut self.connection else {
            return;
        };
        while let Some(plan) = self.published.plan(subscription, position.as_ref()) {
            let frame = self.published.frame(subscription, &plan);
            self.snapshots += usize::from(matches!(frame, ServerFrame::Snapshot(_)));
            *position = Some(self.published.position_after(&plan, position.as_ref()));
            // As text and back: what is compared went over the wire.
            self.to_client.push(serde_json::from_str(&serde_json::to_string(&frame).unwrap()).unwrap());
        }
    }

    fn server_hears(&mut self, frame: &ClientFrame) {
        let Some(connection) = &mut self.connection else { return };
        let actions = connection.server.text(self.now, &serde_json::to_string(frame).unwrap());
        self.server_acts(actions);
    }

    fn server_acts(&mut self, actions: Vec<ServerAction>) {
        for action in actions {
            let Some(connection) = &mut self.connection else { return };
            match action {
                ServerAction::Verify { .. } => {
                    let grant = Grant { subject: "s".into(), expires_in_ms: u64::MAX };
                    let actions = connection.server.verified(self.now, Ok(grant));
                    self.server_acts(actions);
                }
                ServerAction::Welcome => self.to_client.push(ServerFrame::Hello(Hello {
                    protocol: PROTOCOL,
                    server: "test".into(),
                    session: "1".into(),
                    now: 0,
                    boards: vec![schema()],
                    limits: LIMITS,
                })),
                ServerAction::Say(frame) => self.to_client.push(frame),
                ServerAction::Pong { n } => self.to_client.push(ServerFrame::Pong { n, now: 0 }),
                ServerAction::Serve(serve) => {
                    let subscription = serve.metrics.map_or_else(Subscription::all, Subscription::of);
                    let from = serve.from.map(|(epoch, seq)| Position { epoch, seq, stamp: 0 });
                    connection.serving = Some((subscription, from));
                }
                ServerAction::Painted { .. } => {}
                ServerAction::Close { .. } => connection.closed = true,
            }
        }
        if self.connection.as_ref().is_some_and(|connection| connection.closed) {
            self.cut(Ending::Lost);
        }
    }

    fn deliver_to_client(&mut self, index: usize) {
        if !self.to_client.is_empty() {
            let frame = self.to_client.remove(index % self.to_client.len());
            let outputs = self.client.frame(moment(self.now), frame);
            self.client_says(outputs);
        }
    }

    fn deliver_to_server(&mut self) {
        if !self.to_server.is_empty() {
            let frame = self.to_server.remove(0);
            self.server_hears(&frame);
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.published.expire(i64::try_from(self.now).unwrap());
        if self.reconnect_at.is_some_and(|at| self.now >= at) {
            self.connect();
        }
        if let Some(connection) = &mut self.connection {
            let actions = connection.server.tick(self.now);
            self.server_acts(actions);
        }
        let outputs = self.client.tick(moment(self.now));
        self.client_says(outputs);
    }

    /// A good link until everything that is under way has arrived.
    fn settle(&mut self) {
        for round in 0..200 {
            self.pass(1_000);
            self.published.confirm(&[], &[(Tier::Critical, i64::from(round) + 1_000_000_000)]);
            self.server_sends();
            while !self.to_client.is_empty() || !self.to_server.is_empty() {
                self.deliver_to_server();
                self.server_sends();
                self.deliver_to_client(0);
            }
        }
    }
}

/// As JSON: some values have two in-memory forms for one text.
fn written(states: &[MetricState]) -> String {
    let patches: Vec<_> = (0..).zip(states).map(|(i, state)| vigil_publish::full_patch(i, state)).collect();
    serde_json::to_string(&patches).unwrap()
}

#[derive(Debug, Clone)]
enum Op {
    Publish(Vec<MetricPatch>),
    Fork,
    Send,
    ToClient(usize),
    ToServer,
    LoseToClient(usize),
    LoseToServer,
    Cut,
    Pass(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let key = || (0..1_u8, 0..3_u8).prop_map(|(by, key)| (by, key.to_string()));
    let value =
        prop_oneof![(0..3_i64).prop_map(Value::Int), Just(Value::Int(i64::MAX)), Just(Value::Double(0.5))];
    let group = (key(), value.clone()).prop_map(|((by, key), value)| GroupPatch(by, key, value));
    let patch = (0..METRICS, proptest::option::of(value), vec(group, 0..2), vec(key(), 0..2))
        .prop_map(|(i, v, g, gone)| MetricPatch { i, v, g, gone });
    prop_oneof![
        6 => vec(patch, 1..3).prop_map(Op::Publish),
        1 => Just(Op::Fork),
        6 => Just(Op::Send),
        8 => (0..3_usize).prop_map(Op::ToClient),
        5 => Just(Op::ToServer),
        1 => (0..3_usize).prop_map(Op::LoseToClient),
        1 => Just(Op::LoseToServer),
        1 => Just(Op::Cut),
        4 => (1..40_000_u64).prop_map(Op::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn the_replica_equals_the_server_whatever_the_link_does(
        ops in vec(op(), 1..120), replay in 1..8_usize, narrow in any::<bool>(),
    ) {
        let metrics = narrow.then(|| vec!["m1".to_owned()]);
        let subscription = if narrow { Subscription::of([1]) } else { Subscription::all() };
        let mut world = World::new(metrics, replay);
        world.pass(0);
        let mut forks = 1_u8;
        for op in ops {
            match op {
                Op::Publish(patches) => { world.published.apply(&patches, i64::try_from(world.now).unwrap()); }
                Op::Fork => {
                    forks += 1;
                    let shared = world.published.seq();
                    world.published.fork([forks; 12], u64::from(forks), shared);
                }
                Op::Send => world.server_sends(),
                Op::ToClient(n) => world.deliver_to_client(n),
                Op::ToServer => world.deliver_to_server(),
                Op::LoseToClient(n) if !world.to_client.is_empty() => {
                    let n = n % world.to_client.len();
                    world.to_client.remove(n);
                }
                Op::LoseToServer if !world.to_server.is_empty() => { world.to_server.remove(0); }
                Op::LoseToClient(_) | Op::LoseToServer => {}
                Op::Cut if world.connection.is_some() => world.cut(Ending::Lost),
                Op::Cut => {}
                Op::Pass(ms) => world.pass(ms),
            }
        }
        world.settle();
        let mut expected = ClientSession::new(Wanted::default());
        expected.opened(moment(0), None);
        expected.frame(moment(0), ServerFrame::Hello(Hello {
            protocol: PROTOCOL, server: String::new(), session: String::new(), now: 0,
            boards: vec![schema()], limits: LIMITS,
        }));
        let snapshot = serde_json::to_string(&ServerFrame::Snapshot(world.published.snapshot(&subscription))).unwrap();
        expected.text(moment(0), &snapshot);
        prop_assert_eq!(written(world.client.replica().metrics()), written(expected.replica().metrics()));
        prop_assert_eq!(world.client.replica().name().unwrap().0, world.published.epoch().id());
    }
}

#[test]
fn a_cut_within_the_window_is_resumed_without_a_snapshot_and_beyond_it_with_one() {
    let mut world = World::new(None, 3);
    let set = |n| [MetricPatch { i: 0, v: Some(Value::Int(n)), g: vec![], gone: vec![] }];
    world.published.apply(&set(1), 0);
    world.settle();
    assert_eq!(world.snapshots, 1);
    world.cut(Ending::Lost);
    for n in 2..=4 {
        world.published.apply(&set(n), i64::try_from(world.now).unwrap());
    }
    world.settle();
    assert_eq!(world.snapshots, 1, "resumed");
    assert_eq!(world.client.replica().metrics()[0].total, Value::Int(4));
    world.cut(Ending::Lost);
    for n in 5..=9 {
        world.published.apply(&set(n), i64::try_from(world.now).unwrap());
    }
    world.settle();
    assert_eq!(world.snapshots, 2, "beyond the window, one snapshot");
    assert_eq!(world.client.replica().metrics()[0].total, Value::Int(9));
}
