//! Which addresses may be reached from here when somebody else names the host: public ones only,
//! looked at after the name was resolved, so that no name can lead into the house's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names, and refuses those that lead to any address that is not public.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicOnly;

/// A name leads to an address that is not public, or an address is not.
#[derive(Debug, thiserror::Error)]
#[error("this leads to an address that is not public; allow_private = true lets it")]
pub struct NotPublic;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found = checked(found.collect())?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether the host of an address may be public: numbers in place of a name are never resolved, so
/// they are looked at here.
#[must_use]
pub(super) fn may_be_public(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => is_public(address),
        Err(_) => true,
    }
}

/// All of them or none: one that is not public among public ones is a trick.
fn checked(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    if found.iter().all(|address| is_public(address.ip())) {
        Ok(found)
    } else {
        Err(NotPublic)
    }
}

/// Whether an address belongs to the public internet.
#[must_use]
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA's special-purpose registry of IPv4 addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (second == 18 || second == 19)))
}

/// Global unicast only, without what carries another address inside it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_v4(inside);
    }
    let [first, second, ..] = address.segments();
    let carries_another = first == 0x2002 || (first == 0x2001 && second == 0);
    let documentation =
        (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
    (0x2000..0x4000).contains(&first) && !carries_another && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_public_internet_is_public() {
        for private in [
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_refuses_all() {
        let at = |text: &str| SocketAddr::new(text.parse().unwrap(), 443);
        assert!(checked(vec![at("1.1.1.1")]).is_ok());
        assert!(checked(vec![at("1.1.1.1"), at("10.0.0.1")]).is_err());
    }
}
