use redis::{Client, IntoConnectionInfo, RedisError, TlsCertificates};

use crate::config::Redis;

/// A client that connects when it is asked to. It says nothing of itself (`CLIENT SETINFO`), which would
/// be one more command to allow.
///
/// # Errors
/// When the URL or the certificates cannot be used.
pub fn client(redis: &Redis) -> Result<Client, RedisError> {
    let info = redis.url.expose().into_connection_info()?;
    let settings = info.redis_settings().clone().set_skip_set_lib_name();
    let info = info.set_redis_settings(settings);
    match &redis.ca {
        None => Client::open(info),
        Some(pem) => {
            let root_cert = Some(pem.clone().into_bytes());
            Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert })
        }
    }
}
