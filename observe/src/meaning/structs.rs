//! Packed values of Python's `struct`: byte order, counts, whole numbers and bytes. Not handled: floats, alignment.

use super::values::{BYTES_MAX, ELEMENTS_MAX, Shape, Value};

/// One part of a format: how many, and which.
struct Part {
    count: usize,
    code: char,
}

/// The parts of a format, and whether the lowest byte comes first.
fn parts(format: &str) -> Option<(Vec<Part>, bool)> {
    let little = !format.starts_with(['>', '!']);
    let mut parts = Vec::new();
    let mut count: Option<usize> = None;
    for letter in format.trim_start_matches(['<', '>', '!', '=', '@']).chars() {
        if let Some(digit) = letter.to_digit(10) {
            count = Some(count.unwrap_or(0).checked_mul(10)?.checked_add(usize::try_from(digit).ok()?)?);
            continue;
        }
        if letter.is_whitespace() {
            continue;
        }
        parts.push(Part { count: count.take().unwrap_or(1), code: letter });
    }
    Some((parts, little))
}

/// Bytes of one value.
fn size(code: char) -> Option<usize> {
    Some(match code {
        'x' | 'c' | 'b' | 'B' | '?' | 's' => 1,
        'h' | 'H' => 2,
        'i' | 'I' | 'l' | 'L' => 4,
        'q' | 'Q' => 8,
        _ => return None,
    })
}

/// The values in some bytes.
pub(crate) fn unpack(format: &str, bytes: &[u8]) -> Option<Value> {
    let (parts, little) = parts(format)?;
    let mut rest = bytes;
    let mut values = Vec::new();
    for part in parts {
        if part.code == 's' {
            let (text, after) = rest.split_at_checked(part.count)?;
            values.push(Value::bytes(text));
            rest = after;
            continue;
        }
        for _ in 0..part.count {
            let (one, after) = rest.split_at_checked(size(part.code)?)?;
            rest = after;
            if values.len() > ELEMENTS_MAX {
                return None;
            }
            match part.code {
                'x' => {}
                'c' => values.push(Value::bytes(one)),
                code => values.push(Value::new(Shape::Int(number(one, little, code.is_ascii_lowercase())?))),
            }
        }
    }
    rest.is_empty().then(|| Value::list(values))
}

fn number(bytes: &[u8], little: bool, signed: bool) -> Option<i64> {
    let mut wide = [0; 8];
    let mut ordered = bytes.to_vec();
    if little {
        ordered.reverse();
    }
    wide.get_mut(8_usize.checked_sub(bytes.len())?..)?.copy_from_slice(&ordered);
    let shift = u32::try_from(8_usize.checked_sub(bytes.len())?.checked_mul(8)?).ok()?;
    let number = i64::from_be_bytes(wide);
    Some(if signed { number.checked_shl(shift)?.checked_shr(shift)? } else { number })
}

/// The bytes that values make.
pub(crate) fn pack(format: &str, values: &[Value]) -> Option<Value> {
    let (parts, little) = parts(format)?;
    let mut values = values.iter();
    let mut bytes = Vec::new();
    for part in parts {
        if bytes.len().saturating_add(part.count) > BYTES_MAX {
            return None;
        }
        if part.code == 's' {
            let text = values.next()?.known_bytes()?;
            bytes.extend((0..part.count).map(|at| text.get(at).copied().unwrap_or(0)));
            continue;
        }
        for _ in 0..part.count {
            let len = size(part.code)?;
            match part.code {
                'x' => bytes.push(0),
                'c' => bytes.push(*values.next()?.known_bytes()?.first()?),
                _ => {
                    let wide = values.next()?.int()?.to_be_bytes();
                    let mut one = wide.get(8_usize.checked_sub(len)?..)?.to_vec();
                    if little {
                        one.reverse();
                    }
                    bytes.extend(one);
                }
            }
        }
    }
    Some(Value::bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_values_come_out_and_go_in() {
        let cases: [(&str, &[u8], &[i64]); 5] = [
            ("<HI", &[1, 2, 3, 4, 5, 6], &[0x0201, 0x0605_0403]),
            (">h2B", &[0xff, 0xfe, 7, 8], &[-2, 7, 8]),
            ("<q", &[0xff; 8], &[-1]),
            ("2xB", &[9, 9, 5], &[5]),
            ("!I", &[0xff; 4], &[0xffff_ffff]),
        ];
        for (format, bytes, numbers) in cases {
            let values: Vec<Value> = numbers.iter().map(|number| Value::new(Shape::Int(*number))).collect();
            assert_eq!(unpack(format, bytes), Some(Value::list(values.clone())), "{format}");
            if !format.contains('x') {
                assert_eq!(pack(format, &values), Some(Value::bytes(bytes)), "{format}");
            }
        }
        assert_eq!(unpack("<I", &[1]), None);
        assert_eq!(unpack("99999999999999999999s", &[1]), None);
        assert_eq!(pack("9999999999B", &[]), None);
    }
}
