//! What a scenario has set in the cluster that would outlive it.

use super::World;
use crate::scenario::failure::StepFailure;
use crate::steps::quota;

/// Something that stays in the cluster until it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasting {
    /// ACLs of a topic.
    Acls {
        /// Name in the cluster.
        topic: String,
    },
    /// A quota of a client.
    Quota(quota::Key),
}

impl World {
    /// Keeps in mind what is to be taken back when the scenario ends.
    pub fn add_lasting(&mut self, lasting: Lasting) {
        self.lasting.insert(lasting);
    }

    /// Whether it is there.
    pub fn has_lasting(&self, lasting: &Lasting) -> bool {
        self.lasting.contains(lasting)
    }

    /// It was taken back already.
    pub fn forget_lasting(&mut self, lasting: &Lasting) {
        self.lasting.remove(lasting);
    }

    /// Takes everything back; what cannot be makes the cluster unfit for other scenarios.
    pub(super) async fn take_back(&mut self) -> Vec<StepFailure> {
        let mut errors = Vec::new();
        for lasting in std::mem::take(&mut self.lasting) {
            let taken_back = match &lasting {
                Lasting::Acls { topic } => self.remove_acls(topic).await,
                Lasting::Quota(key) => quota::remove(self, key).await,
            };
            if let Err(error) = taken_back {
                if let Some(environment) = &self.environment {
                    environment.cluster.give_up(error.message.clone());
                }
                errors.push(error);
            }
        }
        errors
    }

    async fn remove_acls(&self, topic: &str) -> Result<(), StepFailure> {
        Ok(self.cluster()?.remove_acls(topic).await?)
    }
}
