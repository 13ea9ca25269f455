use std::time::Duration;

use bson::doc;
use futures_util::StreamExt;
use vigil_wire::ClusterTime;

use super::failure::within;
use super::hello::{HelloSample, deployment, hello};
use super::{Documents, Source, SourceError};

/// A reply of a read is due well before that.
const REPLY: Duration = Duration::from_secs(60);
const BATCH: u32 = 5_000;

impl Source {
    /// The primary's clock and its last majority write.
    ///
    /// # Errors
    /// Also when what answers is no member of a replica set.
    pub async fn moment(&self) -> Result<HelloSample, SourceError> {
        let (reply, sample) = hello(&self.client).await?;
        deployment(&reply)?;
        Ok(sample)
    }

    /// Gives every reply of a read of a watched collection as it was at `at` to `take`.
    ///
    /// # Errors
    /// Also when it takes longer than the server keeps its history (300 s).
    pub async fn read_at(
        &self,
        collection: &str,
        at: ClusterTime,
        mut take: impl FnMut(&Documents) + Send,
    ) -> Result<(), SourceError> {
        let mut session = self.snapshot(at).await?;
        let of = self.collection(collection);
        let find = of.find(doc! {}).projection(self.plan().scan_projection(collection)).batch_size(BATCH);
        let mut cursor = within(REPLY, async { find.session(&mut session).batch().await }).await?;
        let mut replies = cursor.stream(&mut session);
        while let Some(reply) = within(REPLY, async { replies.next().await.transpose() }).await? {
            take(&Documents::whole(reply));
        }
        Ok(())
    }
}
