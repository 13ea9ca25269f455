use std::net::{Ipv4Addr, TcpListener};

use super::error::{Outcome, While};

/// A TCP port of 127.0.0.1 that nobody listened on just now.
pub fn free_port() -> Outcome<u16> {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("ask for a free port")?;
    Ok(probe.local_addr().doing("ask for a free port")?.port())
}
