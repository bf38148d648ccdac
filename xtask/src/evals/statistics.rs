//! Rates and what a sample of their size can say.

/// A count out of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many did.
    pub hits: u64,
    /// Out of how many.
    pub total: u64,
}

impl Rate {
    /// Counts one more.
    pub fn count(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.total += 1;
    }

    /// Share in per cent; 0 of nothing is 0.
    pub fn percent(self) -> f64 {
        if self.total == 0 { 0.0 } else { 100.0 * self.hits as f64 / self.total as f64 }
    }

    /// The rate in per cent that is exceeded with a confidence of 95 % by no population from which this sample comes: the
    /// one-sided upper bound of Clopper and Pearson (1934), the `p` at which `P(X <= hits) = 0.05`.
    pub fn percent_at_most(self) -> f64 {
        if self.hits >= self.total {
            return 100.0;
        }
        100.0 * root(|p| cumulative(self.hits, self.total, p) - 0.05)
    }

    /// The lower bound that goes with it.
    pub fn percent_at_least(self) -> f64 {
        100.0 - Self { hits: self.total - self.hits, total: self.total }.percent_at_most()
    }
}

/// `P(X <= hits)` of the binomial distribution, summed in logarithms so that large samples do not underflow.
fn cumulative(hits: u64, total: u64, p: f64) -> f64 {
    let (log_p, log_q) = (p.ln(), (1.0 - p).ln());
    let mut log_choose = 0.0;
    let mut sum = 0.0;
    for k in 0..=hits {
        sum += (log_choose + k as f64 * log_p + (total - k) as f64 * log_q).exp();
        log_choose += ((total - k) as f64).ln() - ((k + 1) as f64).ln();
    }
    sum
}

/// Where a falling function on 0..1 crosses zero.
fn root(falling: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if falling(middle) > 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The mean over clusters, each the mean of its rows, in per cent.
pub fn cluster_percent<'a>(clusters: impl Iterator<Item = &'a Rate>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for cluster in clusters {
        sum += cluster.percent();
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// The value at or below which `percent` of the values lie, by nearest rank; the default of nothing.
pub fn percentile<T: Copy + Default + PartialOrd>(values: &[T], percent: usize) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_bounds_are_those_of_clopper_and_pearson() {
        // Zero of n has the closed form 1 - 0.05^(1/n); one of n is checked by the equation that defines it.
        for (hits, total, expected) in
            [(0, 355, 0.840), (0, 10, 25.887), (1, 10, 39.416), (5, 100, 10.225), (10, 10, 100.0), (0, 0, 100.0)]
        {
            let bound = Rate { hits, total }.percent_at_most();
            assert!((bound - expected).abs() < 0.01, "{hits} of {total}: {bound}");
        }
        let large = Rate { hits: 900, total: 20_000 };
        let bound = large.percent_at_most();
        assert!(bound > large.percent() && bound < large.percent() + 0.3, "{bound}");
        assert!(large.percent_at_least() < large.percent());
    }

    #[test]
    fn a_cluster_counts_once_whatever_its_size() {
        let clusters = [Rate { hits: 100, total: 100 }, Rate { hits: 0, total: 1 }, Rate { hits: 1, total: 2 }];
        assert!((cluster_percent(clusters.iter()) - 50.0).abs() < 1e-9);
        assert!(cluster_percent([].iter()).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_values_of_the_sample() {
        assert_eq!(percentile(&[5, 1, 3], 50), 3);
        assert_eq!(percentile(&[1, 2, 3, 4], 50), 2);
        assert_eq!(percentile(&(1..=100).collect::<Vec<u32>>(), 95), 95);
        assert_eq!(percentile(&[7.5], 95), 7.5);
        assert_eq!(percentile::<u32>(&[], 95), 0);
    }
}
