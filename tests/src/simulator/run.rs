use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bson::{Document, doc};
use mongodb::options::{DatabaseOptions, WriteConcern};
use mongodb::{ClientSession, Database};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::backfill;
use super::calendar::{AsIf, Calendar};
use super::check;
use super::load::Load;
use super::records::Records;
use super::story::STALL;
use super::world::Hospital;
use super::writer::carry_out;
use crate::harness::{Failure, Outcome, While};

/// How it is played.
#[derive(Debug, Clone)]
pub struct Settings {
    pub seed: u64,
    pub pace: Pace,
    /// The site's local time minus UTC, in minutes.
    pub offset_min: i64,
    /// The curves take today for this day of the week, 0 is Monday.
    pub weekday: Option<usize>,
    /// What the clock is to show now; instead of the offset and the weekday.
    pub as_if: Option<AsIf>,
    /// Whole days before what is played.
    pub backfill_days: i64,
    /// Further updates a second, for load.
    pub rate: f64,
    /// Play the story, once.
    pub story: bool,
    /// End after so many operations.
    pub end_after: Option<u64>,
    /// Drop the database first.
    pub reset: bool,
    /// Say every operation on standard output.
    pub say: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: 1,
            pace: Pace::Times(1.0),
            offset_min: 0,
            weekday: None,
            as_if: None,
            backfill_days: 35,
            rate: 0.0,
            story: false,
            end_after: None,
            reset: false,
            say: false,
        }
    }
}

impl Settings {
    pub(super) fn calendar(&self, now_ms: i64) -> Calendar {
        let (offset_min, weekday) = match self.as_if {
            Some(as_if) => (as_if.offset_min(now_ms), as_if.weekday),
            None => (self.offset_min, self.weekday),
        };
        let calendar = Calendar::new(offset_min);
        weekday.map_or(calendar, |weekday| calendar.taking(now_ms, weekday))
    }
}

#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each operation at its time, from now on, until told to end; the hospital's clock runs so many times
    /// as fast as the true one.
    Times(f64),
    /// The last so many operations until now, as fast as MongoDB takes them.
    Count(u64),
}

/// Fills the past in, and lets the hospital live at the given pace. Says how many operations it did.
pub async fn run(database: &Database, settings: &Settings) -> Outcome<u64> {
    // Bulk does not wait for the journal after every write.
    let bulk = with_concern(database, WriteConcern::nodes(1));
    let database = match settings.pace {
        Pace::Times(_) => with_concern(database, WriteConcern::majority()),
        Pace::Count(_) => bulk.clone(),
    };
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
    let (began, asked) = (Instant::now(), settings.clone());
    if settings.say {
        if let Some(as_if) = settings.as_if {
            println!("local time is UTC {:+} minutes", as_if.offset_min(now_ms()));
        }
        println!("living through the {} days before now", settings.backfill_days);
    }
    let lived = tokio::task::spawn_blocking(move || backfill::live_through(&asked, now_ms())).await;
    let (hospital, records) = lived.map_err(|error| Failure(format!("the past ended: {error}")))?;
    if settings.say {
        println!("lived through in {:.1} s; writing it down", began.elapsed().as_secs_f64());
    }
    backfill::write(&bulk, records, settings.say).await?;
    if settings.say {
        println!("the hospital is set up");
    }
    let mut session = database.client().start_session().await.doing("open a session")?;
    match settings.pace {
        Pace::Count(count) => as_fast_as_it_goes(&database, &mut session, hospital, settings, count).await,
        Pace::Times(pace) => at_its_time(&database, &mut session, hospital, settings, pace).await,
    }
}

fn with_concern(database: &Database, concern: WriteConcern) -> Database {
    let options = DatabaseOptions::builder().write_concern(concern).build();
    database.client().database_with_options(database.name(), options)
}

async fn as_fast_as_it_goes(
    database: &Database,
    session: &mut ClientSession,
    mut hospital: Hospital,
    settings: &Settings,
    count: u64,
) -> Outcome<u64> {
    for _ in 0..count {
        let operation = hospital.next();
        if settings.say {
            println!("{}", operation.what);
        }
        carry_out(database, session, &operation).await?;
    }
    Ok(count)
}

async fn at_its_time(
    database: &Database,
    session: &mut ClientSession,
    mut hospital: Hospital,
    settings: &Settings,
    pace: f64,
) -> Outcome<u64> {
    let pace = if pace > 0.0 { pace } else { 1.0 };
    let (begin, begin_ms) = (Instant::now(), now_ms());
    if settings.story {
        hospital.plan_story(begin_ms);
    }
    // When the true clock shows that the hospital's shows an instant.
    let at = |ms: i64| begin + Duration::from_secs_f64((ms - begin_ms).max(0) as f64 / 1_000.0 / pace);
    let mut load = Load::new(settings.seed);
    // Pauses are no part of what happens: another source than the hospital's.
    let mut pauses = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut next_load = (settings.rate > 0.0).then_some(begin);
    let mut done = 0;
    loop {
        let by_itself = at(hospital.peek_ms());
        let is_load = next_load.is_some_and(|due| due < by_itself);
        let due = if is_load { next_load.unwrap_or(by_itself) } else { by_itself };
        tokio::time::sleep_until(due.into()).await;
        if settings.story && STALL.contains(&begin.elapsed().as_secs()) {
            println!("nothing is written for a while");
            tokio::time::sleep_until((begin + Duration::from_secs(STALL.end)).into()).await;
        }
        let operation = match is_load {
            true => {
                let unit: f64 = pauses.random_range(f64::MIN_POSITIVE..1.0);
                let pause = (-unit.ln() / settings.rate).min(60.0);
                next_load = Some(due + Duration::from_secs_f64(pause));
                let shows = begin_ms + (begin.elapsed().as_secs_f64() * 1_000.0 * pace) as i64;
                load.next(&hospital, shows)
            }
            false => hospital.next(),
        };
        if settings.say {
            println!("{}", operation.what);
        }
        carry_out(database, session, &operation).await?;
        done += 1;
        if settings.end_after.is_some_and(|count| done >= count) {
            return Ok(done);
        }
    }
}

/// What is wrong in a database; empty when the hospital is consistent.
pub async fn violations(database: &Database) -> Outcome<Vec<String>> {
    use futures_util::TryStreamExt;
    let mut records = Records::default();
    for name in database.list_collection_names().await.doing("list the collections")? {
        let all = database.collection::<Document>(&name).find(doc! {}).await.doing(&name)?;
        let documents: Vec<Document> = all.try_collect().await.doing(&name)?;
        documents.into_iter().for_each(|document| records.insert(&name, document));
    }
    Ok(check::violations_in(&records))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
