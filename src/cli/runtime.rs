//! The value of `--runtime`: the name of a runtime, or `auto`.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::event::runtime_kind::RuntimeKind;
use crate::runtime::registry;

/// The runtime that is asked for; none takes the first that this machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuntimeArgument(pub Option<RuntimeKind>);

impl ValueEnum for RuntimeArgument {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<RuntimeArgument>> = LazyLock::new(|| {
            let kinds = registry::all().iter().map(|it| Some(it.kind));
            std::iter::once(None).chain(kinds).map(RuntimeArgument).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let Some(kind) = self.0 else {
            let help = "docker where an engine answers, else local";
            return Some(PossibleValue::new("auto").help(help));
        };
        let registered = registry::all().iter().find(|it| it.kind == kind)?;
        Some(PossibleValue::new(kind.name()).help(registered.about))
    }
}
