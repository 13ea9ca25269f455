use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Map, Value, json};

use crate::config::{Auth, AuthKey};

/// Why no token can be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueProblem {
    #[error(
        "only a shared secret (auth.secret_file) can sign; with a public key, tokens come from who has the private one"
    )]
    NoSecret,
    #[error("auth.algorithms names no HMAC algorithm (HS256, HS384, HS512)")]
    NoAlgorithm,
    #[error("the token could not be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// A token that this configuration's [`super::Verifier`] takes when `role` is the configured one.
///
/// # Errors
/// When the configuration has no secret to sign with.
pub fn issue_token(auth: &Auth, subject: &str, role: &str, ttl: Duration) -> Result<String, IssueProblem> {
    let AuthKey::Shared(secret) = &auth.key else { return Err(IssueProblem::NoSecret) };
    let parsed = auth.algorithms.iter().filter_map(|name| name.parse::<Algorithm>().ok());
    let mut hmac = parsed.filter(|a| matches!(a, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512));
    let algorithm = hmac.next().ok_or(IssueProblem::NoAlgorithm)?;
    let now = get_current_timestamp();
    let mut claims = Map::new();
    claims.insert("sub".into(), json!(subject));
    claims.insert("iat".into(), json!(now));
    claims.insert("exp".into(), json!(now.saturating_add(ttl.as_secs())));
    if let Some(issuer) = &auth.issuer {
        claims.insert("iss".into(), json!(issuer));
    }
    if let Some(audience) = &auth.audience {
        claims.insert("aud".into(), json!(audience));
    }
    put(&mut claims, &auth.role_claim, role);
    Ok(encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(secret.expose().as_bytes()))?)
}

/// Sets the claim at a dotted path.
fn put(claims: &mut Map<String, Value>, path: &str, role: &str) {
    match path.split_once('.') {
        None => {
            claims.insert(path.to_owned(), json!(role));
        }
        Some((first, rest)) => {
            let inner = claims.entry(first).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, role);
            }
        }
    }
}
