use futures_util::{Stream, StreamExt};
use mongodb::error::Result;
use mongodb::raw_batch_cursor::RawBatch;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Replies that may wait, each below 16 MB; one more is held by the task that reads them.
const AHEAD: usize = 2;

/// A cursor read ahead: MongoDB works on the next reply while this one is decoded. Dropping it closes
/// the cursor.
pub(super) struct Replies {
    ahead: mpsc::Receiver<Result<RawBatch>>,
    reader: JoinHandle<()>,
}

impl Replies {
    pub fn read_ahead<S>(mut cursor: S) -> Self
    where
        S: Stream<Item = Result<RawBatch>> + Send + Unpin + 'static,
    {
        let (tx, ahead) = mpsc::channel(AHEAD);
        let reader = tokio::spawn(async move {
            while let Some(reply) = cursor.next().await {
                let failed = reply.is_err();
                if tx.send(reply).await.is_err() || failed {
                    return;
                }
            }
        });
        Replies { ahead, reader }
    }

    /// `None` at the cursor's end.
    pub async fn next(&mut self) -> Result<Option<RawBatch>> {
        self.ahead.recv().await.transpose()
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
