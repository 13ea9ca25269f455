//! Who gets in: JSON Web Tokens of an administrator.
//!
//! The algorithm is never taken from the token: the allow-list is of the key's family. No error here
//! holds a token or a part of one.

mod issue;

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation, decode};
use serde_json::{Map, Value};
use vigil_session::{Grant, Refused};

use crate::config::{Auth, AuthKey};

pub use issue::{IssueProblem, issue_token};

/// Difference between the issuer's clock and ours that is forgiven, seconds.
const LEEWAY_S: u64 = 10;
/// Longest token that is looked at, bytes.
const TOKEN_LIMIT_BYTES: usize = 16 << 10;

/// Why tokens cannot be checked as configured.
#[derive(Debug, thiserror::Error)]
pub enum AuthProblem {
    #[error("auth.algorithms names {0:?}, which is no JWT algorithm")]
    UnknownAlgorithm(String),
    #[error("auth.algorithms names {algorithm}, but the key takes only {fitting}")]
    OtherFamily { algorithm: String, fitting: &'static str },
    #[error("auth.public_key_file is no PEM of an RSA, EC or Ed25519 public key")]
    NoPublicKey,
    #[error(
        "auth.public_key_file holds a private key: whoever has it can make tokens; keep only the public key here \
         (openssl pkey -pubout)"
    )]
    PrivateKey,
}

/// Why a token was refused; for the log, without the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("not a JSON Web Token")]
    Malformed,
    #[error("the signature does not fit the key")]
    Signature,
    #[error("its algorithm is not in auth.algorithms")]
    Algorithm,
    #[error("it has ended (exp)")]
    Expired,
    #[error("it is not valid yet (nbf)")]
    NotYet,
    #[error("its issuer (iss) is not auth.issuer")]
    Issuer,
    #[error("its audience (aud) is not auth.audience")]
    Audience,
    #[error("it has no {0} claim")]
    Missing(String),
    #[error("its claim {claim} does not hold the role {role:?}")]
    Role { claim: String, role: String },
}

impl Refusal {
    /// What the client is told.
    pub fn told(&self) -> Refused {
        match self {
            Refusal::Role { .. } => Refused::NotAllowed,
            Refusal::Malformed
            | Refusal::Signature
            | Refusal::Algorithm
            | Refusal::Expired
            | Refusal::NotYet
            | Refusal::Issuer
            | Refusal::Audience
            | Refusal::Missing(_) => Refused::NotAuthenticated,
        }
    }
}

/// Checks tokens.
pub struct Verifier {
    key: DecodingKey,
    validation: Validation,
    role_claim: String,
    role: String,
}

impl Verifier {
    /// # Errors
    /// When key and algorithms do not fit together.
    pub fn new(auth: &Auth) -> Result<Verifier, AuthProblem> {
        let (key, family, fitting) = key_of(&auth.key)?;
        let mut validation = Validation::new_for_family(family);
        validation.algorithms = allowed(&auth.algorithms, family, fitting)?;
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        let mut required = vec!["exp", "sub"];
        if let Some(issuer) = &auth.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        // A token for another audience is refused even when no audience is configured.
        if let Some(audience) = &auth.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        Ok(Verifier { key, validation, role_claim: auth.role_claim.clone(), role: auth.role.clone() })
    }

    /// # Errors
    /// Why the token does not let in.
    pub fn verify(&self, token: &str) -> Result<Grant, Refusal> {
        if token.len() > TOKEN_LIMIT_BYTES {
            return Err(Refusal::Malformed);
        }
        let claims = decode::<Map<String, Value>>(token, &self.key, &self.validation)
            .map_err(|error| refusal(&error))?
            .claims;
        if !has_role(&claims, &self.role_claim, &self.role) {
            return Err(Refusal::Role { claim: self.role_claim.clone(), role: self.role.clone() });
        }
        let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| !subject.trim().is_empty());
        let subject = subject.ok_or(Refusal::Missing("sub".into()))?;
        let expires = claims.get("exp").and_then(Value::as_f64).ok_or(Refusal::Missing("exp".into()))?;
        let left_ms = (expires * 1_000.0 - unix_ms()).max(0.0);
        // Saturates: a token without a practical end.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(Grant { subject: subject.to_owned(), expires_in_ms: left_ms as u64 })
    }
}

fn unix_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1_000.0)
}

fn key_of(key: &AuthKey) -> Result<(DecodingKey, AlgorithmFamily, &'static str), AuthProblem> {
    let pem = match key {
        AuthKey::Shared(secret) => {
            let key = DecodingKey::from_secret(secret.expose().as_bytes());
            return Ok((key, AlgorithmFamily::Hmac, "HS256, HS384, HS512"));
        }
        AuthKey::Public(pem) if pem.contains("PRIVATE KEY-----") => return Err(AuthProblem::PrivateKey),
        AuthKey::Public(pem) => pem.as_bytes(),
    };
    if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
        return Ok((key, AlgorithmFamily::Rsa, "RS256, RS384, RS512, PS256, PS384, PS512"));
    }
    if let Ok(key) = DecodingKey::from_ec_pem(pem) {
        return Ok((key, AlgorithmFamily::Ec, "ES256, ES384"));
    }
    match DecodingKey::from_ed_pem(pem) {
        Ok(key) => Ok((key, AlgorithmFamily::Ed, "EdDSA")),
        Err(_) => Err(AuthProblem::NoPublicKey),
    }
}

fn allowed(
    names: &[String],
    family: AlgorithmFamily,
    fitting: &'static str,
) -> Result<Vec<Algorithm>, AuthProblem> {
    let parse = |name: &String| {
        let algorithm: Algorithm =
            name.parse().map_err(|_: Error| AuthProblem::UnknownAlgorithm(name.clone()))?;
        match family.algorithms().contains(&algorithm) {
            true => Ok(algorithm),
            false => Err(AuthProblem::OtherFamily { algorithm: name.clone(), fitting }),
        }
    };
    if names.is_empty() {
        return Ok(family.algorithms().to_vec());
    }
    names.iter().map(parse).collect()
}

fn refusal(error: &Error) -> Refusal {
    match error.kind() {
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => Refusal::Algorithm,
        ErrorKind::ExpiredSignature => Refusal::Expired,
        ErrorKind::ImmatureSignature => Refusal::NotYet,
        ErrorKind::InvalidIssuer => Refusal::Issuer,
        ErrorKind::InvalidAudience => Refusal::Audience,
        ErrorKind::MissingRequiredClaim(claim) => Refusal::Missing(claim.clone()),
        _ => Refusal::Malformed,
    }
}

/// `path` is dotted; a claim whose own name has dots (`https://example.org/roles`) is found too.
fn has_role(claims: &Map<String, Value>, path: &str, role: &str) -> bool {
    let nested = || {
        let mut parts = path.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    };
    match claims.get(path).or_else(nested) {
        Some(Value::String(one)) => one == role,
        Some(Value::Array(list)) => list.iter().any(|item| item.as_str() == Some(role)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
