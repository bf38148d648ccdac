//! How evenly the values of bytes are spread: near 800 for what is encrypted or packed, 450 to 650 for machine code.

/// Larger spans are sampled.
const WHOLE_BYTES_MAX: usize = 1 << 20;

/// Samples of a large span, evenly spread.
const SAMPLES: usize = 16;

/// Bytes in each.
const SAMPLE_BYTES: usize = 64 << 10;

/// Shannon entropy in hundredths of a bit a byte, 0 to 800. In whole numbers, so that every machine gives the same.
pub(super) fn of(bytes: &[u8]) -> u16 {
    let mut counts = [0_u32; 256];
    if bytes.len() <= WHOLE_BYTES_MAX {
        count(bytes, &mut counts);
    } else {
        let stride = bytes.len().saturating_sub(SAMPLE_BYTES).checked_div(SAMPLES.saturating_sub(1)).unwrap_or_default();
        for sample in 0..SAMPLES {
            let start = sample.saturating_mul(stride);
            count(bytes.get(start..start.saturating_add(SAMPLE_BYTES)).unwrap_or_default(), &mut counts);
        }
    }
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    if total == 0 {
        return 0;
    }
    // H = log2(n) - (1/n) * sum(c * log2(c)); logarithms have 16 binary places.
    let weighted: u64 =
        counts.iter().map(|&count| u64::from(count).saturating_mul(log2(u64::from(count)))).fold(0, u64::saturating_add);
    let bits = log2(total).saturating_sub(weighted.checked_div(total).unwrap_or_default());
    u16::try_from(bits.saturating_mul(100).saturating_add(1 << 15) >> 16).unwrap_or(800).min(800)
}

/// Adds a histogram. Four tables side by side, since a run of equal bytes would wait for its own counter.
fn count(bytes: &[u8], counts: &mut [u32; 256]) {
    let mut tables = [[0_u32; 256]; 4];
    let [first, second, third, fourth] = &mut tables;
    let (chunks, rest) = bytes.as_chunks::<4>();
    for &[a, b, c, d] in chunks {
        bump(first, a);
        bump(second, b);
        bump(third, c);
        bump(fourth, d);
    }
    for &byte in rest {
        bump(first, byte);
    }
    for table in &tables {
        for (sum, count) in counts.iter_mut().zip(table) {
            *sum = sum.saturating_add(*count);
        }
    }
}

/// One more of a value.
fn bump(table: &mut [u32; 256], byte: u8) {
    if let Some(count) = table.get_mut(usize::from(byte)) {
        *count = count.wrapping_add(1);
    }
}

/// Binary logarithm with 16 binary places, rounded down; 0 for 0.
fn log2(number: u64) -> u64 {
    let Some(whole) = number.checked_ilog2() else { return 0 };
    // The mantissa as 1.31 fixed point, squared for each further place.
    let mut mantissa = if whole <= 31 { number << 31_u32.saturating_sub(whole) } else { number >> whole.saturating_sub(31) };
    let mut places = 0_u64;
    for _ in 0..16 {
        mantissa = mantissa.saturating_mul(mantissa) >> 31;
        places <<= 1;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            places |= 1;
        }
    }
    u64::from(whole) << 16 | places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_of_known_texts() {
        let even: Vec<u8> = (0..=255).cycle().take(4096).collect();
        let large: Vec<u8> = (0..=255).cycle().take(5 << 20).collect();
        for (bytes, expected) in [
            (&b""[..], 0),
            (b"aaaa", 0),
            (b"ab", 100),
            (b"abcd", 200),
            (b"aab", 92),
            (&even, 800),
            (&large, 800),
            (&[0; 2 << 20], 0),
        ] {
            let found = of(bytes);
            assert!(found.abs_diff(expected) <= 1, "{found} for {expected}");
        }
    }

    #[test]
    fn logarithms_are_close() {
        for number in [1_u64, 2, 3, 7, 1000, 65_537, 1 << 40, u64::MAX] {
            let exact = (number as f64).log2();
            assert!((log2(number) as f64 / 65_536.0 - exact).abs() < 0.001, "{number}");
        }
    }
}
