//! What a process of this machine receives and sends over TCP, from the kernel's sockets (sock_diag(7)); Linux only.

use std::collections::HashMap;

use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
use netlink_packet_sock_diag::inet::nlas::Nla;
use netlink_packet_sock_diag::inet::{
    ExtensionFlags, InetRequest, InetResponse, SocketId, StateFlags,
};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};
use procfs::process::{FDTarget, Process};

/// Bytes that were received, and bytes that were sent and acknowledged.
type Bytes = (u64, u64);

/// Counts the bytes of one process from reading to reading. What a connection carried after the last reading before
/// it was closed is not seen.
#[derive(Debug, Default)]
pub struct Tally {
    pid: i32,
    /// By inode.
    open: HashMap<u64, Bytes>,
    closed: Bytes,
}

impl Tally {
    /// Bytes received and sent over the connections of this process so far; for another process than at the
    /// last reading it begins anew.
    ///
    /// # Errors
    /// When there is no such process, or the system does not say of its connections.
    pub fn count(&mut self, pid: i32) -> Result<Bytes, String> {
        let sockets = sockets_of(pid).map_err(|error| error.to_string())?;
        let bytes = bytes_by_inode()?;
        let open = sockets.into_iter().filter_map(|inode| Some((inode, *bytes.get(&inode)?)));
        Ok(self.add(pid, open.collect()))
    }

    fn add(&mut self, pid: i32, open: HashMap<u64, Bytes>) -> Bytes {
        if pid != self.pid {
            *self = Self { pid, ..Self::default() };
        }
        for (inode, last) in &self.open {
            // Fewer bytes are those of another socket with the same number.
            if open.get(inode).is_none_or(|now| now.0 < last.0 || now.1 < last.1) {
                self.closed = sum(self.closed, *last);
            }
        }
        self.open = open;
        self.open.values().fold(self.closed, |all, bytes| sum(all, *bytes))
    }
}

fn sum(left: Bytes, right: Bytes) -> Bytes {
    (left.0 + right.0, left.1 + right.1)
}

/// Inodes of the sockets that a process has open.
fn sockets_of(pid: i32) -> procfs::ProcResult<Vec<u64>> {
    let open = Process::new(pid)?.fd()?.filter_map(|file| match file.ok()?.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    });
    Ok(open.collect())
}

/// The bytes of each TCP socket of this machine. Those of Java are sockets of IPv6 that are connected by IPv4.
fn bytes_by_inode() -> Result<HashMap<u64, Bytes>, String> {
    let mut bytes = HashMap::new();
    for (family, any) in [(AF_INET, SocketId::new_v4()), (AF_INET6, SocketId::new_v6())] {
        let request = InetRequest {
            family,
            protocol: IPPROTO_TCP,
            extensions: ExtensionFlags::INFO,
            states: StateFlags::ESTABLISHED | StateFlags::CLOSE_WAIT,
            socket_id: any,
        };
        dump(request, |socket| {
            let told = socket.nlas.iter().find_map(|told| match told {
                Nla::TcpInfo(info) => Some((info.bytes_received, info.bytes_acked)),
                _ => None,
            });
            bytes.extend(told.map(|told| (u64::from(socket.header.inode), told)));
        })?;
    }
    Ok(bytes)
}

/// Asks the kernel for its sockets and hands over each.
fn dump(request: InetRequest, mut take: impl FnMut(&InetResponse)) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the kernel does not report sockets: {error}");
    let mut kernel = Socket::new(NETLINK_SOCK_DIAG).map_err(failed)?;
    kernel.bind_auto().map_err(failed)?;
    kernel.connect(&SocketAddr::new(0, 0)).map_err(failed)?;
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut packet = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
    packet.finalize();
    let mut bytes = vec![0; packet.buffer_len()];
    packet.serialize(&mut bytes);
    kernel.send(&bytes, 0).map_err(failed)?;
    loop {
        let (received, _) = kernel.recv_from_full().map_err(failed)?;
        let mut rest = received.as_slice();
        while !rest.is_empty() {
            let message =
                NetlinkMessage::<SockDiagMessage>::deserialize(rest).map_err(|error| {
                    format!("what the kernel reports of sockets is not understood: {error}")
                })?;
            match message.payload {
                NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(socket)) => {
                    take(&socket)
                }
                NetlinkPayload::Done(_) => return Ok(()),
                NetlinkPayload::Error(error) => return Err(failed(error.to_io())),
                _ => {}
            }
            let length = usize::try_from(message.header.length).unwrap_or(usize::MAX);
            // Messages begin at multiples of four bytes.
            rest = rest.get(length.next_multiple_of(4).max(4)..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_this_process_sends_to_itself_is_seen_at_both_ends() {
        let pid = i32::try_from(std::process::id()).expect("a pid");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut out = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
        let (mut into, _) = listener.accept().expect("accepted");
        let mut tally = Tally::default();
        let before = tally.count(pid).expect("Linux");
        out.write_all(&[7; 100_000]).expect("written");
        into.read_exact(&mut [0; 100_000]).expect("read");
        let after = tally.count(pid).expect("Linux");
        // Other tests of this process may send as well.
        assert!(after.0 >= before.0 + 100_000, "{before:?}, {after:?}");
        assert!(after.1 >= before.1 + 100_000, "{before:?}, {after:?}");
        drop((out, into));
        let closed = tally.count(pid).expect("Linux");
        assert!(closed.0 >= after.0 && closed.1 >= after.1, "{after:?}, {closed:?}");
    }

    #[test]
    fn closed_connections_and_those_with_a_number_again_still_count() {
        let mut tally = Tally::default();
        assert_eq!(tally.add(1, [(5, (10, 1)), (6, (20, 2))].into()), (30, 3));
        assert_eq!(tally.add(1, [(5, (15, 1))].into()), (35, 3));
        assert_eq!(tally.add(1, [(5, (2, 2)), (6, (1, 0))].into()), (38, 5));
        assert_eq!(tally.add(2, [(5, (4, 4))].into()), (4, 4));
    }
}
