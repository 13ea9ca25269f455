use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bson::{Document, doc};
use mongodb::error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure};
use mongodb::options::{DatabaseOptions, WriteConcern};
use mongodb::{ClientSession, Database};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

use super::operation::{Operation, Write};
use super::state::Hospital;
use crate::harness::{Failure, Outcome, While};

/// How it is played.
#[derive(Debug, Clone)]
pub struct Settings {
    pub seed: u64,
    pub pace: Pace,
    /// The site's local time minus UTC, in minutes.
    pub offset_min: i64,
    /// Drop the database first.
    pub reset: bool,
    /// Say every operation on standard output.
    pub say: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// So many operations a second on average, as they come in a real place: until told to end.
    PerSecond(f64),
    /// So many operations, as fast as MongoDB takes them.
    Count(u64),
}

/// Sets the hospital up, and lets it live at the given pace.
pub async fn run(database: &Database, settings: &Settings) -> Outcome<u64> {
    // Bulk does not wait for the journal after every write.
    let concern = match settings.pace {
        Pace::PerSecond(_) => WriteConcern::majority(),
        Pace::Count(_) => WriteConcern::nodes(1),
    };
    let options = DatabaseOptions::builder().write_concern(concern).build();
    let database = &database.client().database_with_options(database.name(), options);
    if settings.reset {
        database.drop().await.doing("drop the database")?;
    }
    let there =
        database.collection::<Document>("wards").find_one(doc! {}).await.doing("look whether it is empty")?;
    if there.is_some() {
        return Err(Failure(format!(
            "the database {:?} has a hospital already: it cannot be gone on with; --reset begins anew",
            database.name()
        )));
    }
    let mut hospital = Hospital::new(settings.seed, now_ms(), settings.offset_min * 60_000);
    let mut session = database.client().start_session().await.doing("open a session")?;
    for operation in hospital.set_up() {
        carry_out(database, &mut session, &operation).await?;
    }
    // Transactions must find it there.
    database.create_collection("bed_cleans").await.doing("create bed_cleans")?;
    if settings.say {
        println!("the hospital is set up");
    }
    live(database, &mut session, &mut hospital, settings).await
}

async fn live(
    database: &Database,
    session: &mut ClientSession,
    hospital: &mut Hospital,
    settings: &Settings,
) -> Outcome<u64> {
    // Pauses are no part of what happens: another source than the hospital's.
    let mut pauses = ChaCha12Rng::seed_from_u64(settings.seed);
    let mut due = Instant::now();
    let mut done = 0;
    loop {
        match settings.pace {
            Pace::Count(count) if done >= count => return Ok(done),
            Pace::Count(_) => {}
            Pace::PerSecond(rate) => {
                let unit: f64 = pauses.random_range(f64::MIN_POSITIVE..1.0);
                due += Duration::from_secs_f64((-unit.ln() / rate.max(0.001)).min(60.0));
                tokio::time::sleep_until(due.into()).await;
            }
        }
        let operation = hospital.next(now_ms());
        if settings.say {
            println!("{}", operation.what);
        }
        carry_out(database, session, &operation).await?;
        done += 1;
    }
}

/// Until it is done: what the network or an election broke is said again, which changes nothing twice.
async fn carry_out(database: &Database, session: &mut ClientSession, operation: &Operation) -> Outcome<()> {
    let mut pause = Duration::from_millis(100);
    let give_up = Instant::now() + Duration::from_secs(120);
    loop {
        let Err(error) = attempt(database, session, operation).await else { return Ok(()) };
        if !may_be_said_again(&error) || Instant::now() > give_up {
            return Err(Failure(format!("{}: {error}", operation.what)));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

async fn attempt(
    database: &Database,
    session: &mut ClientSession,
    operation: &Operation,
) -> Result<(), Error> {
    if !operation.transaction {
        for write in &operation.writes {
            write.carry_out(database, None).await?;
        }
        return Ok(());
    }
    let concern = database.write_concern().cloned().unwrap_or_else(WriteConcern::majority);
    session.start_transaction().write_concern(concern).await?;
    for write in &operation.writes {
        if let Err(error) = write.carry_out(database, Some(session)).await {
            // An abort that fails is an abort all the same: the server ends it by itself.
            if let Err(abort) = session.abort_transaction().await {
                eprintln!("abort: {abort}");
            }
            return Err(error);
        }
    }
    session.commit_transaction().await
}

impl Write {
    async fn carry_out(&self, database: &Database, session: Option<&mut ClientSession>) -> Result<(), Error> {
        let on = |name: &str| database.collection::<Document>(name);
        macro_rules! with_session {
            ($action:expr) => {
                match session {
                    Some(session) => $action.session(session).await.map(|_| ()),
                    None => $action.await.map(|_| ()),
                }
            };
        }
        match self {
            Write::Insert { collection, documents } => {
                let inserted = with_session!(on(collection).insert_many(documents).ordered(false));
                inserted.or_else(there_already)
            }
            Write::Update { collection, filter, update } => {
                with_session!(on(collection).update_one(filter.clone(), update.clone()))
            }
            Write::UpdateMany { collection, filter, update } => {
                with_session!(on(collection).update_many(filter.clone(), update.clone()))
            }
            Write::Replace { collection, filter, document } => {
                with_session!(on(collection).replace_one(filter.clone(), document))
            }
            Write::Delete { collection, filter } => with_session!(on(collection).delete_one(filter.clone())),
        }
    }
}

const DUPLICATE_KEY: i32 = 11_000;

/// What was inserted before the answer was lost is inserted.
fn there_already(error: Error) -> Result<(), Error> {
    let all_there = match error.kind.as_ref() {
        ErrorKind::InsertMany(many) => {
            many.write_concern_error.is_none()
                && many.write_errors.iter().flatten().all(|one| one.code == DUPLICATE_KEY)
        }
        ErrorKind::Write(WriteFailure::WriteError(one)) => one.code == DUPLICATE_KEY,
        _ => false,
    };
    if all_there { Ok(()) } else { Err(error) }
}

fn may_be_said_again(error: &Error) -> bool {
    error.contains_label(TRANSIENT_TRANSACTION_ERROR)
        || error.contains_label("RetryableWriteError")
        || error.contains_label("UnknownTransactionCommitResult")
        || matches!(
            error.kind.as_ref(),
            ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } | ErrorKind::ServerSelection { .. }
        )
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
