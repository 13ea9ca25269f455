use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::auth::issue_token;

use super::{CANNOT, load_config, print};

/// Tokens for development outlive a working day, not more.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Whom the token is for (its `sub`)
    #[arg(long, value_name = "NAME")]
    sub: String,
    /// Role to put into it [default: the role that lets in]
    #[arg(long)]
    role: Option<String>,
    /// How long it is valid: 90s, 30m, 12h, 7d; at most 30d
    #[arg(long, default_value = "12h", value_parser = ttl)]
    ttl: Duration,
}

/// `vigil-sidecar token`: the token alone on stdout, so that it can be piped.
pub fn token(config: Option<&Path>, args: &TokenArgs) -> ExitCode {
    let config = match load_config(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let role = args.role.as_deref().unwrap_or(&config.auth.role);
    match issue_token(&config.auth, &args.sub, role, args.ttl) {
        Ok(token) => print::line(&token).map_or_else(|code| code, |()| ExitCode::SUCCESS),
        Err(problem) => {
            eprintln!("no token: {problem}");
            ExitCode::from(CANNOT)
        }
    }
}

fn ttl(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number and s, m, h or d, such as 12h".to_owned();
    let (number, seconds) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => return Err(expected()),
    };
    let number: u64 = number.parse().map_err(|_| expected())?;
    let span = Duration::from_secs(number.checked_mul(seconds).ok_or_else(expected)?);
    if span.is_zero() || span > LONGEST {
        return Err("must be between 1s and 30d".to_owned());
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_a_unit() {
        assert_eq!(ttl("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(ttl("12h"), Ok(Duration::from_secs(43_200)));
        for wrong in ["", "h", "12", "-1h", "0s", "31d", "1.5h", "99999999999999999999d", "1ü"] {
            assert!(ttl(wrong).is_err(), "{wrong}");
        }
    }
}
