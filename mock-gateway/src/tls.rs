//! Certificates, good ones and bad ones, made anew for each gateway that wants them. Only the
//! making; the handshakes are the listener's.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::TlsAcceptor;

use crate::fidelity::{Behaviour, Mark};

pub(crate) const BEHAVIOURS: &[Behaviour] =
    &[Behaviour::new("tls.versions", Mark::Assumed, "TLS 1.2 and 1.3 are spoken, and HTTP/1.1 in them")];

/// Which certificate a client is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// One that fits, by the authority that the gateway hands out.
    Good,
    /// One that fits, by an authority that is never handed out.
    Untrusted,
    /// One by the right authority that ended long ago.
    Expired,
    /// One by the right authority, for another host.
    WrongHost,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It could not be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// It could not be used.
    #[error("cannot use a certificate: {0}")]
    Use(#[from] rustls::Error),
}

/// Who signs a gateway's certificates.
pub(crate) struct Authority {
    trusted: CertifiedIssuer<'static, KeyPair>,
    host: IpAddr,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its key is worth something to those who trust it.
        f.debug_struct("Authority").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new authority for a gateway at this address.
    pub(crate) fn new(host: IpAddr) -> Result<Self, TlsError> {
        Ok(Self { trusted: issuer("mock-gateway, for tests only")?, host })
    }

    /// Its certificate, for clients that shall trust it.
    pub(crate) fn pem(&self) -> String {
        self.trusted.pem()
    }

    /// What greets a client with this certificate. Nothing of an earlier handshake is resumed.
    pub(crate) fn acceptor(&self, tls: Tls) -> Result<TlsAcceptor, TlsError> {
        let key = KeyPair::generate()?;
        let params = self.params(tls)?;
        let certificate = match tls {
            Tls::Untrusted => params.signed_by(&key, &*issuer("nobody's authority")?)?,
            Tls::Good | Tls::Expired | Tls::WrongHost => params.signed_by(&key, &*self.trusted)?,
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn params(&self, tls: Tls) -> Result<CertificateParams, TlsError> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = match tls {
            Tls::WrongHost => vec![SanType::DnsName(Ia5String::try_from("elsewhere.invalid")?)],
            Tls::Good | Tls::Untrusted | Tls::Expired => {
                vec![SanType::DnsName(Ia5String::try_from("localhost")?), SanType::IpAddress(self.host)]
            }
        };
        params.distinguished_name.push(DnType::CommonName, "mock-gateway");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        if tls == Tls::Expired {
            (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        }
        Ok(params)
    }
}

fn issuer(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, TlsError> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}
