//! Which IP addresses are globally routable: the IANA special-purpose address registries (RFC 6890 and its updates), and the
//! multicast ranges (RFC 5771, RFC 4291).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether packets to it may leave the local network for the internet.
pub(crate) fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_global_v4(ip),
        IpAddr::V6(ip) => match (ip.to_ipv4_mapped(), ip.segments()) {
            (Some(ip), _) => is_global_v4(ip),
            // NAT64 (RFC 6052) carries an IPv4 address in its last 32 bits.
            (None, [0x64, 0xff9b, 0, 0, 0, 0, ..]) => {
                let [.., a, b, c, d] = ip.octets();
                is_global_v4(Ipv4Addr::new(a, b, c, d))
            }
            (None, _) => is_global_v6(ip),
        },
    }
}

fn is_global_v4(ip: Ipv4Addr) -> bool {
    !matches!(
        ip.octets(),
        [0 | 10 | 127 | 224.., ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            | [192, 0, 0, _]
            | [192, 0, 2, _]
            | [192, 88, 99, _]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
    )
}

fn is_global_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    // Global unicast is 2000::/3, without documentation (2001:db8::/32, 3fff::/20) and protocol assignments (2001::/23).
    first & 0xe000 == 0x2000 && !(first == 0x2001 && (second == 0xdb8 || second < 0x200)) && !(first == 0x3fff && second < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_ranges_are_not_global() {
        let global = ["8.8.8.8", "1.1.1.1", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"];
        let local = [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "203.0.113.7",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
        ];
        for text in global {
            assert!(is_global(text.parse().unwrap()), "{text}");
        }
        for text in local {
            assert!(!is_global(text.parse().unwrap()), "{text}");
        }
    }
}
