use std::time::{Duration, Instant};

use bson::{Document, doc};
use mongodb::error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure};
use mongodb::options::WriteConcern;
use mongodb::{ClientSession, Database};

use super::operation::{Operation, Write};
use crate::harness::{Failure, Outcome};

/// How long an operation is said again before it is given up.
const GIVE_UP: Duration = Duration::from_secs(120);
const DUPLICATE_KEY: i32 = 11_000;
/// Added to a collection's name while it is written anew.
const BESIDE: &str = "_rebuilt";

/// Until it is done: what the network or an election broke is said again, which changes nothing twice.
pub(super) async fn carry_out(
    database: &Database,
    session: &mut ClientSession,
    operation: &Operation,
) -> Outcome<()> {
    let mut pause = Duration::from_millis(100);
    let give_up = Instant::now() + GIVE_UP;
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
            write.carry_out(database, None).await.or_else(there_already)?;
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
            // It was committed before the answer was lost, and all of it.
            return there_already(error);
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
            Write::Insert { documents, .. } if documents.is_empty() => Ok(()),
            Write::Insert { collection, documents } => {
                with_session!(on(collection).insert_many(documents).ordered(false))
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
            Write::Rebuild { collection, documents } => rebuild(database, collection, documents).await,
        }
    }
}

/// Renaming is no part of a transaction.
async fn rebuild(database: &Database, collection: &str, documents: &[Document]) -> Result<(), Error> {
    let beside = format!("{collection}{BESIDE}");
    database.collection::<Document>(&beside).drop().await?;
    database.collection::<Document>(&beside).insert_many(documents).await?;
    let name = database.name();
    let rename = doc! {
        "renameCollection": format!("{name}.{beside}"), "to": format!("{name}.{collection}"), "dropTarget": true,
    };
    database.client().database("admin").run_command(rename).await.map(|_| ())
}

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
