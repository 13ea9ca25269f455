use bson::RawDocument;
use bson::raw::RawArrayIter;

use super::BadReply;

/// The parts of a cursor's reply that matter here.
pub(super) struct Reply<'a> {
    /// 0: the cursor is at its end.
    pub cursor: i64,
    pub events: RawArrayIter<'a>,
    pub token: Option<&'a RawDocument>,
    /// Size of the whole reply.
    pub bytes: usize,
}

impl<'a> Reply<'a> {
    pub fn read(reply: &'a RawDocument) -> Result<Self, BadReply> {
        let body = reply.get_document("cursor").map_err(|_| BadReply::NoCursor)?;
        let batch = body.get_array("nextBatch").or_else(|_| body.get_array("firstBatch"));
        Ok(Reply {
            cursor: body.get_i64("id").map_err(|_| BadReply::NoCursor)?,
            events: batch.map_err(|_| BadReply::NoBatch)?.into_iter(),
            token: body.get_document("postBatchResumeToken").ok(),
            bytes: reply.as_bytes().len(),
        })
    }
}
