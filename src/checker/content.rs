//! Content: what is read is what was sent.

use super::Compared;
use super::allowed::Facts;
use super::findings::Findings;
use super::history::NONE;
use super::index::Index;

/// Every message that is read was sent, to that topic, and to that partition where the send names one.
/// Topics to which no send was recorded are not judged: somebody else wrote them.
pub fn phantom(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let name = |topic: u32| history.topics[topic as usize].name;
    let mut written: Vec<bool> = vec![false; history.names.len()];
    for partition in &history.sends.partition {
        written[index.topic_name(*partition) as usize] = true;
    }
    let mut compared = Compared::default();
    for (row, message) in history.reads.message.iter().enumerate() {
        let partition = history.reads.partition[row];
        let place = history.partitions[partition as usize];
        if !written[name(place.topic) as usize] {
            continue;
        }
        compared.count();
        let send = history.send_of[*message as usize];
        let read = u32::try_from(row).unwrap_or(NONE);
        if send == NONE {
            findings.add(Facts::default(), 0, || {
                let text = format!(
                    "{} read {}, which nobody sent, from {}",
                    index.reader(read),
                    index.message(*message),
                    index.place(partition, history.reads.offset[row]),
                );
                index.example_of_read(read, text)
            });
            continue;
        }
        let sent_to = history.sends.partition[send as usize];
        let sent = history.partitions[sent_to as usize];
        // A topic that was deleted does not live on in one that was made anew under its name.
        if sent.topic != place.topic
            || sent.number.is_some_and(|number| place.number != Some(number))
        {
            findings.add(Facts::default(), 1, || {
                let text = format!(
                    "{} read {} from {}, but it was sent to {}",
                    index.reader(read),
                    index.message(*message),
                    index.place(partition, history.reads.offset[row]),
                    index.partition(sent_to),
                );
                index.example_of_read(read, text)
            });
        }
    }
    compared
}

/// Key, value and headers of a message that is read are those that were sent, by their checksums.
pub fn corrupt(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    for (row, message) in history.reads.message.iter().enumerate() {
        let send = history.send_of[*message as usize];
        let Some(digest) = history.reads.digest.get(row).filter(|_| send != NONE) else { continue };
        let Some(sent) = history.sends.digest.get(send as usize) else { continue };
        compared.count();
        if sent != digest {
            findings.add(Facts::default(), 0, || {
                let read = u32::try_from(row).unwrap_or(NONE);
                let text = format!(
                    "{} read {} from {} with checksum {digest:08x}; it was sent with {sent:08x}",
                    index.reader(read),
                    index.message(history.reads.message[row]),
                    index.place(history.reads.partition[row], history.reads.offset[row]),
                );
                index.example_of_read(read, text)
            });
        }
    }
    compared
}
