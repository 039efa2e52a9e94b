//! Addresses of a local cluster. A cluster owns one *slot*, the network 127.S.0.0/16:
//!
//! - 127.S.h.h is host h itself: its nodes bind their listeners there;
//! - 127.S.s.d is the link from host s to host d, a proxy of the runner;
//! - 127.S.0.d is the link from clients to host d.
//!
//! All of 127.0.0.0/8 is loopback on Linux, so this needs no root and no set-up.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

use crate::event::id::HostId;
use crate::runtime::RuntimeError;

/// Second octets that clusters may take; the first ones are left to what people configure by hand.
const SLOTS: std::ops::RangeInclusive<u8> = 16..=254;
/// The port that is bound at 127.S.255.254 as long as a slot is taken.
const GUARD_PORT: u16 = 29_999;

/// A slot that is ours as long as the value lives. The guard is a listening socket, so the kernel sees to
/// it that no two clusters have the same slot, also among users, and frees it when a run is killed.
#[derive(Debug)]
pub struct Slot {
    number: u8,
    _guard: TcpListener,
}

impl Slot {
    /// Takes a free slot.
    ///
    /// # Errors
    /// When all are taken, or this system has only 127.0.0.1 as loopback.
    pub fn take() -> Result<Self, RuntimeError> {
        let count = SLOTS.end() - SLOTS.start() + 1;
        let first = rand::random_range(0..count);
        for step in 0..count {
            let number =
                SLOTS.start() + ((u16::from(first) + u16::from(step)) % u16::from(count)) as u8;
            match TcpListener::bind(SocketAddrV4::new(
                Ipv4Addr::new(127, number, 255, 254),
                GUARD_PORT,
            )) {
                Ok(guard) => return Ok(Self { number, _guard: guard }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => {
                    return Err(RuntimeError::Environment {
                        what: format!(
                            "the loopback address 127.{number}.255.254 cannot be used: {error}"
                        ),
                        help:
                            "the local runtime needs Linux, where all of 127.0.0.0/8 is loopback; \
                               elsewhere use --runtime docker"
                                .into(),
                    });
                }
            }
        }
        Err(RuntimeError::Environment {
            what: format!(
                "all {count} address slots 127.{}–{}.0.0/16 are taken",
                SLOTS.start(),
                SLOTS.end()
            ),
            help: format!("stop other runs, or whatever else listens on port {GUARD_PORT}"),
        })
    }

    /// The address of a host's own listeners.
    pub fn host(&self, host: HostId) -> Ipv4Addr {
        self.link(host, host)
    }

    /// The address of the link from one host to another.
    pub fn link(&self, from: HostId, to: HostId) -> Ipv4Addr {
        Ipv4Addr::new(127, self.number, from.0, to.0)
    }

    /// The address of the link from clients to a host.
    pub fn client_link(&self, to: HostId) -> Ipv4Addr {
        Ipv4Addr::new(127, self.number, 0, to.0)
    }
}

/// Whether a listener can be bound there now.
pub fn is_free(address: SocketAddrV4) -> bool {
    TcpListener::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slots_are_different_and_a_dropped_one_is_free_again() {
        let first = Slot::take().unwrap();
        let second = Slot::take().unwrap();
        assert_ne!(first.host(HostId(1)), second.host(HostId(1)));
        let guard = SocketAddrV4::new(Ipv4Addr::new(127, first.number, 255, 254), GUARD_PORT);
        assert!(!is_free(guard));
        drop(first);
        assert!(is_free(guard));
    }

    #[test]
    fn hosts_links_and_client_links_do_not_meet() {
        let slot = Slot::take().unwrap();
        let octets = |address: Ipv4Addr| address.octets()[2..].to_vec();
        assert_eq!(octets(slot.host(HostId(2))), [2, 2]);
        assert_eq!(octets(slot.link(HostId(1), HostId(2))), [1, 2]);
        assert_eq!(octets(slot.client_link(HostId(2))), [0, 2]);
    }
}
