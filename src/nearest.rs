//! "Did you mean": the known word nearest to one that is not known.

/// The known word nearest to `given`, if one is near enough to be what was meant: at most a third of its
/// characters differ. Letter case does not count.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = given.to_lowercase();
    let limit = given.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&folded, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The help of an unknown word: the nearest known one, or all of them.
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    nearest(given, known.clone()).map_or_else(
        || format!("known are: {}", known.into_iter().collect::<Vec<_>>().join(", ")),
        |word| format!("did you mean {word}?"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["heap", "settings", "log_dirs"];

    #[test]
    fn finds_a_word_with_letters_missing_swapped_or_in_another_case() {
        assert_eq!(nearest("setings", KNOWN), Some("settings"));
        assert_eq!(nearest("haep", KNOWN), Some("heap"));
        assert_eq!(nearest("LOG_DIRS", KNOWN), Some("log_dirs"));
    }

    #[test]
    fn offers_the_whole_list_when_nothing_is_near() {
        assert_eq!(nearest("racks", KNOWN), None);
        assert_eq!(did_you_mean("racks", KNOWN), "known are: heap, settings, log_dirs");
        assert_eq!(did_you_mean("heep", KNOWN), "did you mean heap?");
    }
}
