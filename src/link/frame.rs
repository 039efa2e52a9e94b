//! Kafka's frames: every request and every response is its length in 4 bytes and that many bytes more. A
//! request begins with its API key, its version, a correlation id and the `client.id`; a response with the
//! correlation id of its request.

use super::api::ApiKey;

/// No frame is longer. Bytes that look like a longer one are not Kafka's. `socket.request.max.bytes` is 100 MiB.
const LONGEST: usize = 1 << 30;

/// The first bytes of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// A request.
    Request { api: ApiKey, correlation: i32, client: String },
    /// A response.
    Response { correlation: i32 },
}

/// What the bytes at hand begin with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// So many bytes of a frame that began before.
    Rest(usize),
    /// A frame with its whole head.
    Frame(Head),
    /// Nothing, or too little of a frame to know what it is.
    More,
}

/// Finds the frames in a stream of bytes.
#[derive(Debug)]
pub(super) struct Frames {
    of_requests: bool,
    /// Bytes left of the frame that is passing.
    left: usize,
    /// False once the stream has turned out to be something else.
    is_kafka: bool,
}

impl Frames {
    pub(super) fn of_requests() -> Self {
        Self { of_requests: true, left: 0, is_kafka: true }
    }

    pub(super) fn of_responses() -> Self {
        Self { of_requests: false, left: 0, is_kafka: true }
    }

    /// Looks at the bytes that come next.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Next {
        if !self.is_kafka && !bytes.is_empty() {
            return Next::Rest(bytes.len());
        }
        if self.left > 0 && !bytes.is_empty() {
            return Next::Rest(self.left.min(bytes.len()));
        }
        match length(bytes) {
            None => Next::More,
            Some(length)
                if (8..=LONGEST).contains(&length) || (!self.of_requests && length >= 4) =>
            {
                self.head(bytes).map_or(Next::More, Next::Frame)
            }
            Some(_) => {
                self.is_kafka = false;
                Next::Rest(bytes.len())
            }
        }
    }

    /// The frame that the bytes begin with is to pass.
    pub(super) fn enter(&mut self, bytes: &[u8]) {
        self.left = length(bytes).map_or(0, |length| length + 4);
    }

    /// So many bytes have passed.
    pub(super) fn passed(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
    }

    /// Whether a frame is passing of which something is still to come.
    pub(super) fn is_inside(&self) -> bool {
        self.left > 0
    }

    fn head(&self, bytes: &[u8]) -> Option<Head> {
        if !self.of_requests {
            return Some(Head::Response { correlation: i32::from_be_bytes(at(bytes, 4)?) });
        }
        let api = ApiKey(i16::from_be_bytes(at(bytes, 4)?));
        let correlation = i32::from_be_bytes(at(bytes, 8)?);
        // Null is -1.
        let length = usize::try_from(i16::from_be_bytes(at(bytes, 12)?)).unwrap_or_default();
        let client = String::from_utf8_lossy(bytes.get(14..14 + length)?).into_owned();
        Some(Head::Request { api, correlation, client })
    }
}

fn length(bytes: &[u8]) -> Option<usize> {
    Some(usize::try_from(i32::from_be_bytes(at(bytes, 0)?)).unwrap_or_default())
}

fn at<const N: usize>(bytes: &[u8], place: usize) -> Option<[u8; N]> {
    bytes.get(place..place + N)?.try_into().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A request as it is on the wire, with `body` behind its header.
    pub(in crate::link) fn request(
        api: i16,
        correlation: i32,
        client: &str,
        body: &[u8],
    ) -> Vec<u8> {
        let mut frame = Vec::new();
        frame.extend(api.to_be_bytes());
        frame.extend(3_i16.to_be_bytes());
        frame.extend(correlation.to_be_bytes());
        frame.extend((client.len() as i16).to_be_bytes());
        frame.extend(client.as_bytes());
        frame.extend(body);
        [&(frame.len() as i32).to_be_bytes(), frame.as_slice()].concat()
    }

    #[test]
    fn finds_frames_whatever_the_pieces_they_come_in() {
        let stream = [request(0, 7, "p", b"records"), request(26, 8, "p", b"")].concat();
        for piece in 1..=stream.len() {
            let mut frames = Frames::of_requests();
            let (mut heads, mut pending) = (Vec::new(), Vec::new());
            for bytes in stream.chunks(piece) {
                pending.extend_from_slice(bytes);
                let mut start = 0;
                loop {
                    match frames.look(&pending[start..]) {
                        Next::Rest(count) => {
                            frames.passed(count);
                            start += count;
                        }
                        Next::Frame(head) => {
                            heads.push(head);
                            frames.enter(&pending[start..]);
                        }
                        Next::More => break,
                    }
                }
                pending.drain(..start);
            }
            let head = |api, correlation| Head::Request {
                api: ApiKey(api),
                correlation,
                client: "p".into(),
            };
            assert_eq!(heads, [head(0, 7), head(26, 8)], "pieces of {piece}");
            assert!(pending.is_empty() && !frames.is_inside());
        }
    }

    #[test]
    fn what_is_no_kafka_passes_as_it_is() {
        let mut frames = Frames::of_requests();
        assert_eq!(frames.look(b"GET / HTTP/1.1\r\n"), Next::Rest(16));
        assert_eq!(frames.look(b"srvr"), Next::Rest(4));
    }

    #[test]
    fn a_response_has_just_its_correlation() {
        let mut frames = Frames::of_responses();
        let bytes = [4_i32.to_be_bytes(), 9_i32.to_be_bytes()].concat();
        assert_eq!(frames.look(&bytes), Next::Frame(Head::Response { correlation: 9 }));
    }
}
