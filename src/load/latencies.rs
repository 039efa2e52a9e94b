//! Latencies that were counted, as reports have them.

use hdrhistogram::Histogram;

use crate::event::measured::Percentiles;

/// None for a histogram without a value.
pub(super) fn percentiles(latencies: &Histogram<u32>) -> Option<Percentiles> {
    let at = |percentile| latencies.value_at_percentile(percentile);
    (!latencies.is_empty()).then(|| Percentiles {
        p50_us: at(50.0),
        p95_us: at(95.0),
        p99_us: at(99.0),
        p999_us: at(99.9),
        max_us: latencies.max(),
    })
}

/// Each time that the rest is halved, there are twice as many points.
pub(super) fn curve(latencies: &Histogram<u32>) -> Vec<(f64, u64)> {
    let steps = latencies.iter_quantiles(2);
    steps.map(|step| (step.quantile_iterated_to(), step.value_iterated_to())).collect()
}
