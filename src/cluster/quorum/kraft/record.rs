//! Records of the metadata log, as far as they are of use here: one change each that controllers have agreed on
//! (Kafka's `metadata/src/main/resources/common/metadata`).

use bytes::Bytes;
use uuid::Uuid;

use super::primitive::{Cut, Fields};

use crate::event::id::BrokerId;

/// A change that controllers have agreed on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    /// A broker has registered.
    Broker { broker: BrokerId, epoch: i64, fenced: bool },
    /// Its registration is gone.
    BrokerGone(BrokerId),
    /// It is fenced, or no longer.
    Fenced { broker: BrokerId, fenced: bool },
    /// A topic is made.
    Topic { name: String, id: Uuid },
    /// It is deleted.
    TopicGone(Uuid),
    /// A partition is made, or is told anew.
    Partition { topic: Uuid, partition: i32, state: Change },
    /// Something of a partition is different.
    Changed { topic: Uuid, partition: i32, change: Change },
    /// Replicas of a topic are no longer eligible.
    NoneEligible { topic: String },
    /// A setting of a topic, a broker or all brokers; none is removed.
    Setting { of: Resource, name: String, value: Option<String> },
    /// Something else that holds for all of the cluster, by what people call it; none is removed.
    Standing { name: String, value: Option<Vec<u8>> },
    /// Changes begin of which all count or none.
    Begin,
    /// All of them count.
    End,
    /// None of them counts.
    Abort,
    /// Something of no use here.
    Other,
}

/// What a setting is of: the type as Kafka numbers it, and the name.
pub(super) type Resource = (i8, String);

/// What is new of a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) leader: Option<i32>,
    pub(super) replicas: Option<Vec<BrokerId>>,
    pub(super) isr: Option<Vec<BrokerId>>,
    /// Eligible leader replicas (KIP-966).
    pub(super) eligible: Option<Vec<BrokerId>>,
    pub(super) last_known_eligible: Option<Vec<BrokerId>>,
}

impl Record {
    /// Reads a value of the log: a frame version, the type and version of the record, its fields.
    ///
    /// # Errors
    /// When it is cut short.
    pub(super) fn read(value: Bytes) -> Result<Self, Cut> {
        let mut fields = Fields::of(value);
        let _frame = fields.varint()?;
        let kind = fields.varint()?;
        let version = fields.varint()?;
        Ok(match kind {
            0 => fields.broker(version)?,
            1 => Self::BrokerGone(fields.broker_id()?),
            2 => Self::Topic { name: fields.text()?, id: fields.uuid()? },
            3 => fields.partition(version)?,
            4 => Self::Setting {
                of: (fields.int8()?, fields.text()?),
                name: fields.text()?,
                value: fields.text_or_none()?,
            },
            5 => fields.changed()?,
            7 => Self::Fenced { broker: fields.broker_id()?, fenced: true },
            8 => Self::Fenced { broker: fields.broker_id()?, fenced: false },
            9 => Self::TopicGone(fields.uuid()?),
            10 => fields.token()?,
            11 => fields.credentials(true)?,
            12 => {
                let (name, level) = (fields.text()?, fields.int16()?);
                let value = Some(level.to_string().into_bytes());
                Self::Standing { name: format!("feature {name}"), value }
            }
            14 => fields.quota()?,
            17 => fields.registration()?,
            18 => {
                let id = fields.uuid()?;
                let value = Some(fields.rest());
                Self::Standing { name: access_rule(id), value }
            }
            19 => Self::Standing { name: access_rule(fields.uuid()?), value: None },
            22 => fields.credentials(false)?,
            23 => Self::Begin,
            24 => Self::End,
            25 => Self::Abort,
            26 => Self::Standing { name: token(&fields.text()?), value: None },
            28 => Self::NoneEligible { topic: fields.text()? },
            _ => Self::Other,
        })
    }
}

fn access_rule(id: Uuid) -> String {
    format!("access rule {id}")
}

fn token(id: &str) -> String {
    format!("delegation token {id}")
}

impl Fields {
    fn broker_id(&mut self) -> Result<BrokerId, Cut> {
        self.int32().map(BrokerId)
    }

    fn brokers(&mut self) -> Result<Vec<BrokerId>, Cut> {
        Ok(self.brokers_or_none()?.unwrap_or_default())
    }

    fn brokers_or_none(&mut self) -> Result<Option<Vec<BrokerId>>, Cut> {
        let Some(count) = self.length()? else { return Ok(None) };
        (0..count).map(|_| self.broker_id()).collect::<Result<_, _>>().map(Some)
    }

    fn broker(&mut self, version: u32) -> Result<Record, Cut> {
        let broker = self.broker_id()?;
        if version >= 2 {
            let _migrates = self.boolean()?;
        }
        let _incarnation = self.uuid()?;
        let epoch = self.int64()?;
        for _ in 0..self.length()?.unwrap_or_default() {
            let (_name, _host) = (self.text()?, self.text()?);
            let (_port, _protocol) = (self.int16()?, self.int16()?);
            self.tagged()?;
        }
        for _ in 0..self.length()?.unwrap_or_default() {
            let _feature = self.text()?;
            let (_least, _most) = (self.int16()?, self.int16()?);
            self.tagged()?;
        }
        let _rack = self.text_or_none()?;
        Ok(Record::Broker { broker, epoch, fenced: self.boolean()? })
    }

    fn registration(&mut self) -> Result<Record, Cut> {
        const FENCED: u32 = 0;
        let broker = self.broker_id()?;
        let _epoch = self.int64()?;
        let Some(mut fenced) = self.tagged()?.remove(&FENCED) else { return Ok(Record::Other) };
        // 1 is fenced, -1 is unfenced.
        Ok(match fenced.int8()? {
            0 => Record::Other,
            change => Record::Fenced { broker, fenced: change > 0 },
        })
    }

    fn partition(&mut self, version: u32) -> Result<Record, Cut> {
        let (partition, topic) = (self.int32()?, self.uuid()?);
        let (replicas, isr) = (self.brokers()?, self.brokers()?);
        let (_removed, _added) = (self.brokers()?, self.brokers()?);
        let leader = self.int32()?;
        let (_leader_epoch, _epoch) = (self.int32()?, self.int32()?);
        if version >= 1 {
            for _ in 0..self.length()?.unwrap_or_default() {
                let _directory = self.uuid()?;
            }
        }
        let mut tagged = self.tagged()?;
        let mut eligible = |number| match tagged.remove(&number) {
            Some(mut of) => of.brokers(),
            None => Ok(Vec::new()),
        };
        let state = Change {
            leader: Some(leader),
            replicas: Some(replicas),
            isr: Some(isr),
            eligible: Some(eligible(1)?),
            last_known_eligible: Some(eligible(2)?),
        };
        Ok(Record::Partition { topic, partition, state })
    }

    fn changed(&mut self) -> Result<Record, Cut> {
        let (partition, topic) = (self.int32()?, self.uuid()?);
        let mut tagged = self.tagged()?;
        let leader = tagged.remove(&1).map(|mut it| it.int32()).transpose()?;
        let mut of = |number| match tagged.remove(&number) {
            Some(mut of) => of.brokers_or_none(),
            None => Ok(None),
        };
        let change = Change {
            leader,
            isr: of(0)?,
            replicas: of(2)?,
            eligible: of(6)?,
            last_known_eligible: of(7)?,
        };
        Ok(Record::Changed { topic, partition, change })
    }

    fn quota(&mut self) -> Result<Record, Cut> {
        let mut entity = Vec::new();
        for _ in 0..self.length()?.unwrap_or_default() {
            let (kind, name) = (self.text()?, self.text_or_none()?);
            self.tagged()?;
            entity.push(format!("{kind} {}", name.as_deref().unwrap_or("<default>")));
        }
        let key = self.text()?;
        let value = self.float64()?;
        let is_gone = self.boolean()?;
        let value = (!is_gone).then(|| value.to_string().into_bytes());
        Ok(Record::Standing { name: format!("quota {key} of {}", entity.join(", ")), value })
    }

    fn credentials(&mut self, are_there: bool) -> Result<Record, Cut> {
        let (user, mechanism) = (self.text()?, self.int8()?);
        let name = format!("credentials of user {user} for SCRAM mechanism {mechanism}");
        let mut value = None;
        if are_there {
            // The salt, which is another one with each password.
            value = Some(self.bytes()?);
        }
        Ok(Record::Standing { name, value })
    }

    fn token(&mut self) -> Result<Record, Cut> {
        let (_owner, _requester) = (self.text()?, self.text()?);
        for _ in 0..self.length()?.unwrap_or_default() {
            let _renewer = self.text()?;
        }
        let mut times = Vec::new();
        for _ in 0..3 {
            times.extend(self.int64()?.to_be_bytes());
        }
        Ok(Record::Standing { name: token(&self.text()?), value: Some(times) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Kafka 4.4.0 wrote it, but for names and addresses.
    fn read(hex: &str) -> Record {
        let digits = hex.as_bytes().chunks(2);
        let bytes = digits.map(|two| {
            let two = std::str::from_utf8(two).expect("digits");
            u8::from_str_radix(two, 16).expect("digits")
        });
        Record::read(bytes.collect()).expect("a record")
    }

    /// A registration with a listener, seven features, no rack and a folder.
    const REGISTRATION: &str = "01000400000001006ed031416dbf4736ba4ea23294a3f7d5000000000000000c0209494e5445524e414c\
        0a3132372e302e302e319918000000081073747265616d732e76657273696f6e00000001000e67726f75702e76657273696f6e00000001\
        000e6b726166742e76657273696f6e00000001000e73686172652e76657273696f6e0000000200116d657461646174612e76657273696f\
        6e000700210021656c696769626c652e6c65616465722e7265706c696361732e76657273696f6e0000000100147472616e73616374696f\
        6e2e76657273696f6e000000020000010001001102b890dacb9fbe0c61c9126accd7ad84e9";

    #[test]
    fn a_broker_registers_fenced_and_is_unfenced() {
        let broker = BrokerId(1);
        assert_eq!(read(REGISTRATION), Record::Broker { broker, epoch: 12, fenced: true });
        let unfenced = read("01110000000001000000000000000c010001ff");
        assert_eq!(unfenced, Record::Fenced { broker, fenced: false });
        let fenced = read("01110000000001000000000000000c01000101");
        assert_eq!(fenced, Record::Fenced { broker, fenced: true });
        assert_eq!(read("01110300000001000000000000000c01030101"), Record::Other, "folders");
    }

    #[test]
    fn settings_and_features_have_their_names() {
        let setting = read("0104000401146d696e2e696e73796e632e7265706c69636173023100");
        let (name, value) = ("min.insync.replicas".into(), Some("1".into()));
        assert_eq!(setting, Record::Setting { of: (4, String::new()), name, value });
        let feature = read("010c00116d657461646174612e76657273696f6e002100");
        let (name, value) = ("feature metadata.version".into(), Some(b"33".to_vec()));
        assert_eq!(feature, Record::Standing { name, value });
    }

    #[test]
    fn changes_that_belong_together_have_a_begin_and_an_end() {
        assert_eq!(read("01170001001212426f6f747374726170207265636f726473"), Record::Begin);
        assert_eq!(read("01180000"), Record::End);
        assert_eq!(read("01140000"), Record::Other, "nothing has changed");
    }

    #[test]
    fn what_is_left_out_of_a_change_stays() {
        // Partition 2: leader none, eligible 1 and 2.
        let topic = "000102030405060708090a0b0c0d0e0f";
        let record = read(
            &format!("01050200000002{topic}020104ffffffff06090300000001000000 02").replace(' ', ""),
        );
        let Record::Changed { partition: 2, change, .. } = record else { panic!("{record:?}") };
        let eligible = Some(vec![BrokerId(1), BrokerId(2)]);
        assert_eq!(change, Change { leader: Some(-1), eligible, ..Change::default() });
    }

    #[test]
    fn a_record_that_is_cut_short_is_an_error() {
        let whole: Vec<u8> = REGISTRATION.bytes().filter(u8::is_ascii_hexdigit).collect();
        let whole: Vec<u8> = whole
            .chunks(2)
            .filter_map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
            .collect();
        // Its last fields are not read.
        for length in 0..200 {
            let cut = Bytes::copy_from_slice(&whole[..length]);
            assert!(Record::read(cut).is_err(), "{length} bytes");
        }
    }
}
