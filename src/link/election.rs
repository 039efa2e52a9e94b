//! What a ZooKeeper says first when it calls a peer about an election.
//!
//! Of two ZooKeepers the one with the greater id makes the connection. When one with a smaller id calls it, it hangs up
//! and calls back. Since ZooKeeper 3.5 it does so at the address that the caller has sent: its own, to which no link
//! leads. So this replaces the address by one that leads to the caller over a link.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddrV4;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Where a host reaches others over links, by the addresses that those send of themselves.
pub type WaysBack = BTreeMap<SocketAddrV4, SocketAddrV4>;

/// How messages begin that hold an address, where 3.4 has the caller's id, which is never negative:
/// `QuorumCnxManager.PROTOCOL_VERSION` of 3.5, and `PROTOCOL_VERSION_V2` since 3.6 (ZOOKEEPER-3188).
const WITH_ADDRESS: [i64; 2] = [-65536, -65535];

/// What ZooKeeper takes for an address at most (`QuorumCnxManager.maxBuffer`), in bytes.
const LONGEST: usize = 2048;

/// Reads the first message of a caller, or the part that comes of it, and puts the ways back into it. It changes
/// nothing else.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn first_message(
    mut caller: impl AsyncRead + Unpin,
    ways_back: &WaysBack,
) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let Some(version) = read::<8>(&mut caller, &mut message).await? else { return Ok(message) };
    if !WITH_ADDRESS.contains(&i64::from_be_bytes(version)) {
        return Ok(message);
    }
    let _id = read::<8>(&mut caller, &mut message).await?;
    let Some(length) = read::<4>(&mut caller, &mut message).await? else { return Ok(message) };
    let start = message.len();
    let Ok(length @ 0..=LONGEST) = usize::try_from(i32::from_be_bytes(length)) else {
        return Ok(message);
    };
    (&mut caller).take(length as u64).read_to_end(&mut message).await?;
    if message.len() == start + length
        && let Ok(told) = std::str::from_utf8(&message[start..])
    {
        let led = lead(told, ways_back);
        message.truncate(start - 4);
        message.extend((led.len() as i32).to_be_bytes());
        message.extend(led.as_bytes());
    }
    Ok(message)
}

/// The next bytes, which are added to the message as well; none where it ends before.
async fn read<const N: usize>(
    caller: &mut (impl AsyncRead + Unpin),
    message: &mut Vec<u8>,
) -> io::Result<Option<[u8; N]>> {
    let start = message.len();
    caller.take(N as u64).read_to_end(message).await?;
    Ok(message[start..].try_into().ok())
}

/// Replaces the addresses that are known by those that lead back. Version 2 has several, with bars between.
fn lead(told: &str, ways_back: &WaysBack) -> String {
    let each = told.split('|').map(|address| {
        let way = address.parse().ok().and_then(|own: SocketAddrV4| ways_back.get(&own));
        way.map_or_else(|| address.to_owned(), ToString::to_string)
    });
    each.collect::<Vec<_>>().join("|")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::link) fn message(version: i64, address: &str) -> Vec<u8> {
        let length = address.len() as i32;
        [
            &version.to_be_bytes()[..],
            &7_i64.to_be_bytes(),
            &length.to_be_bytes(),
            address.as_bytes(),
        ]
        .concat()
    }

    async fn led(bytes: &[u8]) -> Vec<u8> {
        let ways_back = [("127.16.4.4:3888".parse().unwrap(), "127.16.6.4:13888".parse().unwrap())];
        let mut caller = bytes;
        let mut message = first_message(&mut caller, &ways_back.into()).await.unwrap();
        message.extend(caller);
        message
    }

    #[tokio::test]
    async fn an_address_that_a_link_leads_to_is_replaced() {
        let rest = [message(-65536, "127.16.4.4:3888"), b"and more".to_vec()].concat();
        let expected = [message(-65536, "127.16.6.4:13888"), b"and more".to_vec()].concat();
        assert_eq!(led(&rest).await, expected);
        let several = message(-65535, "10.0.0.1:3888|127.16.4.4:3888");
        assert_eq!(led(&several).await, message(-65535, "10.0.0.1:3888|127.16.6.4:13888"));
    }

    #[tokio::test]
    async fn everything_else_is_left_alone() {
        let told = message(-65536, "127.16.4.4:3888");
        let too_long = [&told[..16], &i32::MAX.to_be_bytes(), b"x"].concat();
        let negative = [&told[..16], &(-1_i32).to_be_bytes(), b"x"].concat();
        let of_3_4 = [&7_i64.to_be_bytes()[..], b"a notification"].concat();
        for other in [
            message(-65536, "zookeeper-1:3888"),
            message(-65536, ""),
            message(-65536, "127.16.4.4:2888"),
            too_long,
            negative,
            of_3_4,
            b"\x16\x03\x01 of TLS".to_vec(),
        ] {
            assert_eq!(led(&other).await, other);
        }
        for end in 0..told.len() {
            assert_eq!(led(&told[..end]).await, told[..end], "it ends after {end} bytes");
        }
    }
}
