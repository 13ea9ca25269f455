use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

use super::error::{Outcome, While};

/// A certificate authority, and a server of this machine whose certificate it signed; files of their own.
#[derive(Debug)]
pub struct Authority {
    dir: TempDir,
}

impl Authority {
    pub fn new() -> Outcome<Authority> {
        let dir = TempDir::with_prefix("vigil-authority-").doing("make a folder for certificates")?;
        let mut params = CertificateParams::new(Vec::<String>::new()).doing("describe the authority")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(rcgen::DnType::CommonName, "Authority of a test");
        let key = KeyPair::generate().doing("make the authority's key")?;
        let issuer = CertifiedIssuer::self_signed(params, key).doing("sign the authority")?;

        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut params = CertificateParams::new(names).doing("describe the server")?;
        params.distinguished_name.push(rcgen::DnType::CommonName, "Server of a test");
        let key = KeyPair::generate().doing("make the server's key")?;
        let certificate = params.signed_by(&key, &issuer).doing("sign the server")?;

        let authority = Authority { dir };
        std::fs::write(authority.certificate(), issuer.pem()).doing("write the authority")?;
        std::fs::write(authority.server(), certificate.pem() + key.serialize_pem().as_str())
            .doing("write the server's certificate")?;
        Ok(authority)
    }

    /// What whoever trusts it is given.
    pub fn certificate(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// The server's certificate and key, in one file.
    pub fn server(&self) -> PathBuf {
        self.dir.path().join("server.pem")
    }
}
