use bson::{Document, doc};
use mongodb::options::ReadConcern;
use mongodb::raw_batch_cursor::RawBatchCursor;
use vigil_capture::{StartFrom, WatchPlan};

use super::Source;
use super::source::timestamp;

/// The whole pipeline of the one stream. `split`: let the server split events over 16 MB.
pub(super) fn pipeline(
    plan: &WatchPlan,
    start: &StartFrom,
    split: bool,
) -> bson::error::Result<Vec<Document>> {
    let mut stream = doc! { "showExpandedEvents": true };
    match start {
        StartFrom::Time(time) => stream.insert("startAtOperationTime", timestamp(*time)),
        // Never `resumeAfter`, which is refused (260) after the end of a database.
        StartFrom::Token(token) => stream.insert("startAfter", Document::try_from(token.as_ref())?),
    };
    let mut pipeline = vec![doc! { "$changeStream": stream }];
    pipeline.extend(plan.stream_pipeline());
    if split {
        pipeline.push(doc! { "$changeStreamSplitLargeEvent": {} });
    }
    Ok(pipeline)
}

/// Opens the stream. Its first reply is that of the `aggregate`; dropping the cursor closes it.
pub(super) async fn open(
    source: &Source,
    start: &StartFrom,
    split: bool,
) -> mongodb::error::Result<RawBatchCursor> {
    source
        .database
        .aggregate(pipeline(source.plan(), start, split)?)
        .read_concern(ReadConcern::majority())
        .batch_size(source.config.batch_size)
        .max_await_time(source.config.await_time)
        .batch()
        .await
}

/// Whether a server of this version knows `$changeStreamSplitLargeEvent`: 6.0.9 and newer.
pub(super) fn can_split(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(|number| number.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next()) >= (6, 0, 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting_came_with_6_0_9() {
        for (version, known) in [
            ("6.0.5", false),
            ("6.0.9", true),
            ("6.0.12-rc1", true),
            ("7.0.0", true),
            ("5.3.1", false),
            ("?", false),
        ] {
            assert_eq!(can_split(version), known, "{version}");
        }
    }
}
