//! Addresses of services: of Portner itself, and of those it calls.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::call::Bilingual;

/// An address to which paths are added: `https://host`, perhaps a port and a path, no slash at the
/// end. `http` only where it leads to this machine.
///
/// ```
/// use portner::config::BaseUrl;
/// let url = BaseUrl::parse("https://telefon.toppdesign.dk").unwrap();
/// assert_eq!(url.join("/webhooks/twilio/voice"), "https://telefon.toppdesign.dk/webhooks/twilio/voice");
/// assert!(BaseUrl::parse("http://telefon.toppdesign.dk").is_err());
/// assert!(BaseUrl::parse("http://localhost:8080").is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why a text is not such an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not an address of the web at all.
    #[error("this is not an address: it begins with https:// and a host name")]
    NotAnUrl,
    /// `http` to another machine.
    #[error("anybody on the way can read http; only this machine itself may be reached by it")]
    Insecure,
    /// A slash at the end.
    #[error("there must be no slash at the end")]
    TrailingSlash,
    /// User name or password.
    #[error("no user name or password belongs in it")]
    Credentials,
    /// A query or a fragment.
    #[error("nothing may come after the path: no ? and no #")]
    Query,
}

impl UrlError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::NotAnUrl => "dette er ikke en adresse: den begynder med https:// og et værtsnavn",
            Self::Insecure => {
                "enhver på vejen kan læse http; kun denne maskine selv må nås ad den vej"
            }
            Self::TrailingSlash => "der må ikke stå en skråstreg til sidst",
            Self::Credentials => "der hører hverken brugernavn eller adgangskode til i den",
            Self::Query => "der må intet komme efter stien: hverken ? eller #",
        };
        Bilingual::new(danish, self.to_string())
    }
}

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`UrlError`], saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.contains(['?', '#']) {
            return Err(UrlError::Query);
        }
        let uri: http::Uri = text.parse().map_err(|_| UrlError::NotAnUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(UrlError::NotAnUrl);
        };
        if authority.as_str().contains('@') {
            return Err(UrlError::Credentials);
        }
        let host = authority.host();
        if host.is_empty() || !matches!(scheme, "http" | "https") {
            return Err(UrlError::NotAnUrl);
        }
        if scheme == "http" && !is_loopback(host) {
            return Err(UrlError::Insecure);
        }
        if text.ends_with('/') {
            return Err(UrlError::TrailingSlash);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address under which what listens here is reached on this machine.
    #[must_use]
    pub fn of_listener(listen: SocketAddr) -> Self {
        let host = match listen.ip() {
            ip if ip.is_unspecified() => match ip {
                IpAddr::V4(_) => "127.0.0.1".into(),
                IpAddr::V6(_) => "[::1]".into(),
            },
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self(format!("http://{host}:{}", listen.port()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with a path, which begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_and_why() {
        for (text, error) in [
            ("telefon.dk", UrlError::NotAnUrl),
            ("", UrlError::NotAnUrl),
            ("ftp://telefon.dk", UrlError::NotAnUrl),
            ("https://", UrlError::NotAnUrl),
            ("http://telefon.dk", UrlError::Insecure),
            ("http://127.0.0.1.evil.dk", UrlError::Insecure),
            ("https://telefon.dk/", UrlError::TrailingSlash),
            ("https://per:hemmelig@telefon.dk", UrlError::Credentials),
            ("https://telefon.dk?x=1", UrlError::Query),
            ("https://telefon.dk#x", UrlError::Query),
        ] {
            assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_listens_everywhere_is_reached_here() {
        let url = |listen: &str| BaseUrl::of_listener(listen.parse().unwrap()).to_string();
        assert_eq!(url("0.0.0.0:8080"), "http://127.0.0.1:8080");
        assert_eq!(url("[::]:80"), "http://[::1]:80");
        assert_eq!(url("127.0.0.1:9"), "http://127.0.0.1:9");
        assert_eq!(url("10.0.0.5:80"), "http://10.0.0.5:80");
    }
}
