#![allow(clippy::unwrap_used)]

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::json;

use super::*;
use crate::secret::Secret;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn auth() -> Auth {
    Auth {
        key: AuthKey::Shared(Secret::new(SECRET)),
        algorithms: vec!["HS256".into()],
        role_claim: "role".into(),
        role: "admin".into(),
        issuer: None,
        audience: None,
    }
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn refused(auth: &Auth, claims: &Value) -> Refusal {
    Verifier::new(auth).unwrap().verify(&signed(Algorithm::HS256, SECRET, claims)).unwrap_err()
}

#[test]
fn an_issued_token_lets_in_until_it_ends() {
    for role_claim in ["role", "realm_access.roles"] {
        let auth = Auth {
            role_claim: role_claim.into(),
            issuer: Some("i".into()),
            audience: Some("a".into()),
            ..auth()
        };
        let token = issue_token(&auth, "ada", "admin", Duration::from_secs(60)).unwrap();
        let grant = Verifier::new(&auth).unwrap().verify(&token).unwrap();
        assert_eq!(grant.subject, "ada");
        assert!((50_000..=60_000).contains(&grant.expires_in_ms), "{grant:?}");
        let other = issue_token(&auth, "ada", "clerk", Duration::from_secs(60)).unwrap();
        let refusal = Verifier::new(&auth).unwrap().verify(&other).unwrap_err();
        assert_eq!(refusal.told(), Refused::NotAllowed);
    }
}

#[test]
fn each_refusal_says_why() {
    let now = get_current_timestamp();
    let later = now + 1_000;
    let auth = auth();
    let good = json!({"sub": "ada", "exp": later, "role": "admin"});
    assert!(Verifier::new(&auth).unwrap().verify(&signed(Algorithm::HS256, SECRET, &good)).is_ok());
    let expired = json!({"sub": "ada", "exp": now - LEEWAY_S - 2, "role": "admin"});
    assert_eq!(refused(&auth, &expired), Refusal::Expired);
    let early = json!({"sub": "ada", "exp": later, "nbf": now + LEEWAY_S + 30, "role": "admin"});
    assert_eq!(refused(&auth, &early), Refusal::NotYet);
    assert_eq!(refused(&auth, &json!({"sub": "ada", "role": "admin"})), Refusal::Missing("exp".into()));
    assert_eq!(refused(&auth, &json!({"exp": later, "role": "admin"})), Refusal::Missing("sub".into()));
    let nobody = json!({"sub": " ", "exp": later, "role": "admin"});
    assert_eq!(refused(&auth, &nobody), Refusal::Missing("sub".into()));
    let foreign = json!({"sub": "ada", "exp": later, "role": "admin", "aud": "another"});
    assert_eq!(refused(&auth, &foreign), Refusal::Audience);
    for role in [json!("clerk"), json!(["clerk"]), json!(7), json!({"admin": true}), json!("administrator")] {
        let claims = json!({"sub": "ada", "exp": later, "role": role});
        assert_eq!(refused(&auth, &claims).told(), Refused::NotAllowed);
    }
    let issuer = Auth { issuer: Some("i".into()), ..auth.clone() };
    assert_eq!(refused(&issuer, &good), Refusal::Missing("iss".into()));
}

#[test]
fn roles_are_a_word_or_a_list_at_a_path() {
    let claims = json!({"realm_access": {"roles": ["x", "admin"]}, "https://e.org/roles": "admin"});
    let claims = claims.as_object().unwrap();
    assert!(has_role(claims, "realm_access.roles", "admin"));
    assert!(has_role(claims, "https://e.org/roles", "admin"));
    assert!(!has_role(claims, "realm_access", "admin"));
    assert!(!has_role(claims, "realm_access.roles.0", "admin"));
}

#[test]
fn the_algorithm_is_ours_and_not_the_tokens() {
    let claims = json!({"sub": "ada", "exp": get_current_timestamp() + 1_000, "role": "admin"});
    let verifier = Verifier::new(&auth()).unwrap();
    assert_eq!(verifier.verify(&signed(Algorithm::HS512, SECRET, &claims)), Err(Refusal::Algorithm));
    let other_key = signed(Algorithm::HS256, "another secret that is long enough!!", &claims);
    assert_eq!(verifier.verify(&other_key), Err(Refusal::Signature));
    // {"alg":"none"} and no signature.
    let token = signed(Algorithm::HS256, SECRET, &claims);
    let payload = token.split('.').nth(1).unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
    assert!(verifier.verify(&none).is_err());
    for garbage in ["", ".", "..", "a.b.c", &"x".repeat(TOKEN_LIMIT_BYTES + 1)] {
        assert_eq!(verifier.verify(garbage), Err(Refusal::Malformed), "{garbage:.20}");
    }
}

#[test]
fn keys_and_algorithms_must_fit() {
    let with = |algorithms: &[&str]| {
        let algorithms = algorithms.iter().map(|name| (*name).to_owned()).collect();
        Verifier::new(&Auth { algorithms, ..auth() }).err().unwrap().to_string()
    };
    assert!(with(&["RS256"]).contains("HS256"), "{}", with(&["RS256"]));
    assert!(with(&["none"]).contains("no JWT algorithm"));
    assert!(Verifier::new(&Auth { algorithms: Vec::new(), ..auth() }).is_ok(), "all that fit the key");
    let private = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n";
    let private = Auth { key: AuthKey::Public(private.into()), algorithms: Vec::new(), ..auth() };
    assert!(matches!(Verifier::new(&private), Err(AuthProblem::PrivateKey)));
    let pem = Auth { key: AuthKey::Public("no pem".into()), ..auth() };
    assert!(Verifier::new(&pem).is_err());
}

#[test]
fn a_public_key_checks_what_its_private_key_signed() {
    // An Ed25519 pair made for this test alone.
    let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIPUowQ2wK6Z8G7QhdHRl92QQpOSq9AJwjsmXoUen/4qA\n-----END PRIVATE KEY-----\n";
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAv1AMRFgVW4mfpjAqCoQXHaQLdDep4RXxU38YScbZmV4=\n-----END PUBLIC KEY-----\n";
    let auth = Auth { key: AuthKey::Public(public.into()), algorithms: vec!["EdDSA".into()], ..auth() };
    let claims = json!({"sub": "ada", "exp": get_current_timestamp() + 1_000, "role": "admin"});
    let key = EncodingKey::from_ed_pem(private.as_bytes()).unwrap();
    let token = encode(&Header::new(Algorithm::EdDSA), &claims, &key).unwrap();
    let verifier = Verifier::new(&auth).unwrap();
    assert!(verifier.verify(&token).is_ok());
    // The public key's text as an HMAC secret: the classic confusion.
    assert_eq!(verifier.verify(&signed(Algorithm::HS256, public, &claims)), Err(Refusal::Algorithm));
    assert!(matches!(
        issue_token(&auth, "ada", "admin", Duration::from_secs(1)),
        Err(IssueProblem::NoSecret)
    ));
}
