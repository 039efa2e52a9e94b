//! What a sentence does about faults, as far as its words tell.

/// The sentence that heals.
pub(super) const HEAL: &str = "all faults are healed";

/// What may be said of a node that a fault has hit, as in `the killed broker`.
pub(super) const PARTICIPLES: [&str; 4] = ["killed", "stopped", "paused", "restarted"];

/// What a sentence does about faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// It breaks something that stays broken until it is undone.
    Breaks,
    /// It breaks something that is whole again when the step has ended.
    Passes,
    /// It begins faults in the background, which heal themselves.
    InBackground,
    /// It undoes what was done to the nodes or the client that it names.
    Undoes,
    /// It heals all.
    Heals,
    /// It has nothing to do with faults, or only expects something of them.
    Nothing,
}

impl Deed {
    /// What the sentence of a step does; `of_faults` when the step is one that injects faults, heals them or expects
    /// something of them.
    pub(super) fn of(sentence: &str, of_faults: bool) -> Self {
        let ends = |words: &[&str]| words.iter().any(|word| sentence.ends_with(word));
        let says = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
        if sentence.starts_with("copiers ") && ends(&[" started again one after another"]) {
            return Self::Passes;
        }
        if !of_faults || ends(&[" is not running", " still hangs"]) {
            return Self::Nothing;
        }
        if sentence == HEAL {
            Self::Heals
        } else if is_in_background(sentence) {
            Self::InBackground
        } else if sentence.starts_with("within ") {
            match () {
                () if ends(&[" halfway through a batch"]) => Self::Breaks,
                () if ends(&[" over a batch"]) => Self::Passes,
                () => Self::Nothing,
            }
        } else if ends(&[" is started again", " are started again", " is resumed", " are resumed"])
        {
            Self::Undoes
        } else if says(&[" restarted", " killed and started again", " paused for "])
            || lasts_for_a_time(sentence)
        {
            Self::Passes
        } else {
            Self::Breaks
        }
    }

    /// Whether it is a fault that a step injects and waits for.
    pub(super) fn is_fault(self) -> bool {
        matches!(self, Self::Breaks | Self::Passes)
    }
}

/// The sentence with what is quoted left blank: names may be any words. Places in it stay where they are.
pub(super) fn without_quoted(sentence: &str) -> String {
    let mut open = None;
    let blank = sentence.chars().map(|letter| match (open, letter) {
        (None, '"' | '\'') => {
            open = Some(letter);
            letter
        }
        (Some(quote), letter) if letter == quote => {
            open = None;
            letter
        }
        // As many bytes as the letter has, so that places stay.
        (Some(_), letter) if letter.len_utf8() == 1 => ' ',
        (_, letter) => letter,
    });
    blank.collect()
}

/// As `every 5 to 10 seconds a random broker is killed` does; `every broker is killed` does not.
fn is_in_background(sentence: &str) -> bool {
    let times = sentence.strip_prefix("every ");
    times.is_some_and(|times| times.starts_with(|first: char| first.is_ascii_digit()))
}

/// As in `broker 1 is cut off from ZooKeeper for 5 seconds`.
fn lasts_for_a_time(sentence: &str) -> bool {
    let time = sentence.rsplit_once(" for ").map(|(_, time)| time);
    time.is_some_and(|time| {
        let is_number = time.starts_with(|first: char| first.is_ascii_digit());
        is_number && ["second", "minute", "hour"].iter().any(|unit| time.contains(unit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_sentence_does() {
        for (sentence, deed) in [
            ("broker 1 is killed", Deed::Breaks),
            ("every broker is killed", Deed::Breaks),
            ("the log directory of partition 0 of topic \"o\" fails on broker 1", Deed::Breaks),
            ("within 30 seconds copier \"cp\" is paused halfway through a batch", Deed::Breaks),
            ("the next EndTxn request of producer \"p\" is delayed by 5 seconds", Deed::Breaks),
            ("within 30 seconds copier \"cp\" takes 8 seconds over a batch", Deed::Passes),
            ("broker 1 is paused for 8 seconds", Deed::Passes),
            ("broker 1 is cut off from ZooKeeper for 500 milliseconds", Deed::Passes),
            ("broker 1 is killed and started again at once", Deed::Passes),
            ("all brokers are restarted one after another", Deed::Passes),
            ("the killed broker is started again", Deed::Undoes),
            ("copier \"cp\" is resumed", Deed::Undoes),
            (HEAL, Deed::Heals),
            (
                "every 5 to 10 seconds a random broker is restarted, for 60 seconds",
                Deed::InBackground,
            ),
            ("within 10 seconds every fault has had its effect", Deed::Nothing),
            ("within 90 seconds the background faults have ended", Deed::Nothing),
            ("copier \"cp\" is not running", Deed::Nothing),
        ] {
            assert_eq!(Deed::of(sentence, true), deed, "{sentence}");
        }
        assert_eq!(Deed::of("the topic is killed", false), Deed::Nothing);
        let bounced = "copiers \"cp\" are stopped and started again one after another";
        assert_eq!(Deed::of(bounced, false), Deed::Passes);
    }

    #[test]
    fn what_is_quoted_is_left_blank() {
        assert_eq!(without_quoted("topic 'broker 9' is"), "topic '        ' is");
        assert_eq!(without_quoted("topic \"é'x\" is"), "topic \"é  \" is");
    }
}
