use std::fmt;

use serde::{Deserialize, Serialize};

/// A bearer token on its way. Its `Debug` shows nothing, so that no frame that is printed tells it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "typescript", ts(type = "string"))]
#[serde(transparent)]
pub struct BearerToken(String);

impl BearerToken {
    /// The token itself, for whoever checks it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for BearerToken {
    fn from(token: T) -> Self {
        BearerToken(token.into())
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[token]")
    }
}

#[cfg(test)]
mod tests {
    use crate::ClientFrame;

    #[test]
    fn a_printed_frame_does_not_tell_the_token() {
        let frame = ClientFrame::Auth { token: "se.cr.et".into() };
        assert_eq!(format!("{frame:?}"), "Auth { token: [token] }");
        assert_eq!(
            serde_json::to_string(&frame).ok().as_deref(),
            Some(r#"{"type":"auth","token":"se.cr.et"}"#)
        );
    }
}
