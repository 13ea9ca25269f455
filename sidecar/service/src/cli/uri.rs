//! Parts of a MongoDB connection string that may be shown.

/// User and the rest before the first `/` or `?`.
fn authority(uri: &str) -> (Option<&str>, &str) {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, hosts)) => (user.split(':').next(), hosts),
        None => (None, authority),
    }
}

/// Its hosts and ports.
pub fn hosts_of(uri: &str) -> &str {
    authority(uri).1
}

/// Its user name, where that needs no decoding.
pub fn user_of(uri: &str) -> Option<String> {
    authority(uri).0.filter(|user| !user.is_empty() && !user.contains('%')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_hosts_are_those_before_the_options() {
        assert_eq!(user_of("mongodb://ada:p@db/?x=@"), Some("ada".to_owned()));
        assert_eq!(user_of("mongodb+srv://ada@db/"), Some("ada".to_owned()));
        assert_eq!(user_of("mongodb://db/?replicaSet=a@b"), None);
        assert_eq!(user_of("mongodb://a%40b:p@db/"), None);
        assert_eq!(hosts_of("mongodb://ada:p@db:27017,dc?tls=true"), "db:27017,dc");
        assert_eq!(hosts_of("mongodb://[::1]:1/x"), "[::1]:1");
        assert_eq!(hosts_of("no uri"), "");
    }
}
