//! The exit codes of `trial`, a contract with CI.

/// How a command ended. The numbers are part of the command-line contract and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything that ran passed.
    Passed = 0,
    /// At least one scenario failed: the product did not keep its promise.
    Failed = 1,
    /// Nothing failed, but at least one scenario could not be judged.
    Inconclusive = 2,
    /// The environment could not do it: no Java, no engine, a port taken, a cluster that did not come up.
    Environment = 3,
    /// The paths, tags and names given select no scenario.
    NothingSelected = 4,
    /// Bad usage, or a feature, fixture or history that cannot be read.
    Usage = 64,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
