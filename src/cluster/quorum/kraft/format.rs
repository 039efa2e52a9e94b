//! What `kafka-storage format` leaves in the folders of a node, written without starting a JVM for each node:
//! `meta.properties` (KIP-631, KIP-858), and on a controller `bootstrap.checkpoint` with the levels of features
//! (KIP-778, KIP-1022).

use std::io;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use uuid::Uuid;

use super::levels::{self, Level};
use crate::cluster::quorum::Files;
use crate::distribution::Version;

/// The name of the file with the levels of features, in the first folder of a controller.
const CHECKPOINT: &str = "bootstrap.checkpoint";

/// The file that makes a folder one of a node's own.
const META: &str = "meta.properties";

/// Keys of control records: their version and type (`ControlRecordType`).
const SNAPSHOT_HEADER: [u8; 4] = [0, 0, 0, 3];
const SNAPSHOT_FOOTER: [u8; 4] = [0, 0, 0, 4];

/// The type of the record that sets the level of a feature.
const FEATURE_LEVEL: u8 = 12;

/// A new id as Kafka makes them: 16 random bytes that do not begin with `-` when they are written.
pub(super) fn new_id() -> Uuid {
    loop {
        let id = Uuid::from_u128(rand::random());
        if !written(id).starts_with('-') {
            return id;
        }
    }
}

/// An id as Kafka writes it (`Uuid.toString`).
pub(super) fn written(id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(id.as_bytes())
}

/// What `kafka-storage format` would leave in the empty folders of a node.
///
/// # Errors
/// When a record cannot be encoded.
pub(super) fn files(
    cluster: &str,
    kafka: Version,
    (node, is_controller): (i32, bool),
    folders: &[PathBuf],
) -> io::Result<Files> {
    let of_folder = folders
        .iter()
        .map(|folder| (folder.join(META), meta(cluster, node, new_id()).into_bytes()));
    let mut files: Files = of_folder.collect();
    if let Some(first) = folders.first().filter(|_| is_controller) {
        files.push((first.join(CHECKPOINT), checkpoint(levels::of(kafka))?));
    }
    Ok(files)
}

/// `meta.properties` of a folder.
fn meta(cluster: &str, node: i32, folder: Uuid) -> String {
    let folder = written(folder);
    format!("version=1\ncluster.id={cluster}\nnode.id={node}\ndirectory.id={folder}\n")
}

/// `bootstrap.checkpoint`: a snapshot with the levels of features.
///
/// # Errors
/// When a record cannot be encoded.
fn checkpoint(levels: &[Level]) -> io::Result<Vec<u8>> {
    // A version, the time of the last record in the log, no further fields.
    let header = [&[0, 0][..], &0_i64.to_be_bytes(), &[0]].concat();
    let mut offset = 0;
    let mut next = |key: Option<[u8; 4]>, value: Vec<u8>| {
        let record = record(offset, key, value);
        offset += 1;
        record
    };
    let header = next(Some(SNAPSHOT_HEADER), header);
    let features: Vec<_> = levels.iter().map(|level| next(None, feature_level(level))).collect();
    let footer = next(Some(SNAPSHOT_FOOTER), vec![0, 0, 0]);
    let mut bytes = BytesMut::new();
    for batch in [vec![header], features, vec![footer]] {
        let options = RecordEncodeOptions { version: 2, compression: Compression::None };
        RecordBatchEncoder::encode(&mut bytes, &batch, &options).map_err(io::Error::other)?;
    }
    Ok(bytes.to_vec())
}

/// A record of the metadata log: frame version, type and version, name as a compact string, level, no further fields.
fn feature_level((name, level): &Level) -> Vec<u8> {
    let mut value = vec![1, FEATURE_LEVEL, 0, name.len() as u8 + 1];
    value.extend(name.bytes());
    value.extend(level.to_be_bytes());
    value.push(0);
    value
}

fn record(offset: i64, key: Option<[u8; 4]>, value: Vec<u8>) -> Record {
    Record {
        transactional: false,
        control: key.is_some(),
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset,
        sequence: -1,
        timestamp: 0,
        key: key.map(|key| Bytes::copy_from_slice(&key)),
        value: Some(value.into()),
        headers: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::records::RecordBatchDecoder;

    use super::super::record::Record as Change;
    use super::*;

    #[test]
    fn an_id_is_written_as_kafka_writes_it() {
        assert_eq!(written(Uuid::from_u128(0x10)), "AAAAAAAAAAAAAAAAAAAAEA");
        assert!((0..1000).all(|_| !written(new_id()).starts_with('-')));
    }

    #[test]
    fn a_controller_begins_with_the_levels_of_its_version() {
        let levels = levels::of(Version::new(4, 4, 0));
        let mut bytes = Bytes::from(checkpoint(levels).expect("a snapshot"));
        let batches = RecordBatchDecoder::decode_all(&mut bytes).expect("batches");
        let records: Vec<_> = batches.into_iter().flat_map(|batch| batch.records).collect();
        assert!(records.iter().enumerate().all(|(at, it)| it.offset == at as i64));
        let values = records.iter().filter(|it| !it.control);
        let read: Vec<_> = values
            .map(|it| Change::read(it.value.clone().unwrap_or_default()).expect("a record"))
            .collect();
        let expected = levels.iter().map(|(name, level)| Change::Standing {
            name: format!("feature {name}"),
            value: Some(level.to_string().into_bytes()),
        });
        assert_eq!(read, expected.collect::<Vec<_>>());
        assert_eq!(records.len(), levels.len() + 2, "a header and a footer");
    }

    #[test]
    fn each_folder_of_a_node_has_an_id_of_its_own() {
        let folders = ["data/a", "data/b"].map(PathBuf::from);
        let files = files("c", Version::new(3, 9, 2), (7, true), &folders).expect("files");
        let names: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
        let expected = ["data/a/meta.properties", "data/b/meta.properties"];
        assert_eq!(names, [&expected[..], &["data/a/bootstrap.checkpoint"]].concat());
        assert_ne!(files[0].1, files[1].1);
        let meta = String::from_utf8(files[0].1.clone()).expect("a text");
        assert!(meta.contains("cluster.id=c\nnode.id=7\n"), "{meta}");
    }
}
