//! Faults that do nothing: what a scenario proves it proves only if it does not pass without its faults.

use crate::error::UserError;

/// The environment variable that makes faults do nothing: all of them when it is `1`, and when it is `fault 2`
/// the second of each scenario.
const VARIABLE: &str = "TRIAL_FAULTS_DO_NOTHING";

/// Which faults of a scenario do nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DoNothing {
    /// All of them act.
    #[default]
    None,
    /// None of them acts.
    All,
    /// The one with this number, from 1, does not act.
    Number(usize),
}

impl DoNothing {
    /// As the environment has it.
    ///
    /// # Errors
    /// When its variable has another value than `1` or `fault` with a number.
    pub fn from_environment() -> Result<Self, UserError> {
        match std::env::var_os(VARIABLE) {
            None => Ok(Self::None),
            Some(value) => value.to_str().and_then(Self::read).ok_or_else(|| {
                UserError::usage(
                    format!("{VARIABLE} is {value:?}"),
                    "set it to 1 for all faults, or to \"fault 2\" for the second of each scenario",
                )
            }),
        }
    }

    fn read(value: &str) -> Option<Self> {
        match value {
            "" | "0" => Some(Self::None),
            "1" => Some(Self::All),
            one => match one.strip_prefix("fault ")?.parse().ok()? {
                0 => None,
                number => Some(Self::Number(number)),
            },
        }
    }

    /// Whether there are such faults.
    pub fn any(self) -> bool {
        self != Self::None
    }

    /// For one fault: all or none.
    #[must_use]
    pub(crate) fn of_fault(self, number: usize) -> Self {
        match self {
            Self::Number(one) if one == number => Self::All,
            Self::Number(_) => Self::None,
            all_or_none => all_or_none,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::do_nothing::*;

    #[test]
    fn all_or_one_can_be_chosen() {
        assert_eq!(DoNothing::read(""), Some(DoNothing::None));
        assert_eq!(DoNothing::read("0"), Some(DoNothing::None));
        assert_eq!(DoNothing::read("1"), Some(DoNothing::All));
        assert_eq!(DoNothing::read("fault 2"), Some(DoNothing::Number(2)));
        for nonsense in ["2", "yes", "fault", "fault 0", "fault -1", "fault two"] {
            assert_eq!(DoNothing::read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn one_fault_does_something_or_nothing() {
        assert_eq!(DoNothing::Number(2).of_fault(2), DoNothing::All);
        assert_eq!(DoNothing::Number(2).of_fault(1), DoNothing::None);
        assert_eq!(DoNothing::All.of_fault(7), DoNothing::All);
        assert_eq!(DoNothing::None.of_fault(7), DoNothing::None);
    }
}
