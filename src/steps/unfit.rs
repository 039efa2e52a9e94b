//! What a sentence asks of a cluster that it is not made for, told before anything starts.

/// An argument of a sentence that the cluster of its scenario cannot satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Which, from 0.
    pub argument: usize,
    /// Why not.
    pub why: String,
}

/// Whether so many are at most as many as the cluster has brokers.
///
/// # Errors
/// With how many there are.
pub fn at_most_brokers(
    argument: usize,
    wanted: usize,
    cluster: &crate::cluster::spec::ClusterSpec,
) -> Result<(), Unfit> {
    match cluster.brokers().len() {
        there if wanted <= there => Ok(()),
        1 => Err(Unfit { argument, why: "the cluster has 1 broker".into() }),
        there => Err(Unfit { argument, why: format!("the cluster has {there} brokers") }),
    }
}
