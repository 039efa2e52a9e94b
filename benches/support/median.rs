//! The middle of what was measured.

/// The middle one, or the mean of the two in the middle.
pub fn median(figures: &[f64]) -> Option<f64> {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    let (low, high) = (figures.len().checked_sub(1)? / 2, figures.len() / 2);
    Some(f64::midpoint(*figures.get(low)?, *figures.get(high)?))
}
