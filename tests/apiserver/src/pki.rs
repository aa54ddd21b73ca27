//! Certificates: one authority for what the API server serves with, one for its clients, one for the front proxy.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, Error, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

use crate::StartError;
use crate::folder::Folder;

/// Who signs certificates of one kind.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, as PEM.
    pub(crate) certificate: String,
}

/// A certificate and its key, as PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// The same as files.
pub(crate) struct IdentityFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    /// A new one.
    pub(crate) fn new(name: &str) -> Result<Authority, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name, None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        Ok(Authority { issuer: Issuer::new(params, key), certificate })
    }

    /// A certificate for a server at loopback.
    pub(crate) fn server(&self, name: &str) -> Result<Identity, Error> {
        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = named(name, None);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.identity(&params)
    }

    /// A certificate for a client; a user's group is its organisation.
    pub(crate) fn client(&self, user: &str, group: Option<&str>) -> Result<Identity, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(user, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.identity(&params)
    }

    fn identity(&self, params: &CertificateParams) -> Result<Identity, Error> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Identity { certificate, key: key.serialize_pem() })
    }
}

impl Identity {
    pub(crate) fn written(&self, name: &str, folder: &Folder) -> Result<IdentityFiles, StartError> {
        Ok(IdentityFiles {
            certificate: folder.write(&format!("{name}.crt"), &self.certificate)?,
            key: folder.write(&format!("{name}.key"), &self.key)?,
        })
    }
}

fn named(common_name: &str, organisation: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    if let Some(organisation) = organisation {
        name.push(DnType::OrganizationName, organisation);
    }
    name
}

/// The halves of a key that signs tokens of service accounts: what they are checked with, and what they are signed with.
pub(crate) fn service_account_key(folder: &Folder) -> Result<[PathBuf; 2], StartError> {
    let key = KeyPair::generate()?;
    let public = folder.write("service-account.pub", &key.public_key_pem())?;
    Ok([public, folder.write("service-account.key", &key.serialize_pem())?])
}
