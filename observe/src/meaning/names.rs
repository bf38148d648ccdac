//! A fast hash for names that are looked up at every mention. Nothing walks the maps that use it in their order.

use std::hash::{BuildHasher, Hasher};

/// Makes hashers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hashed;

/// Multiplies and turns, eight bytes at a time.
#[derive(Clone, Copy, Default)]
pub(crate) struct Turning(u64);

impl BuildHasher for Hashed {
    type Hasher = Turning;

    fn build_hasher(&self) -> Turning {
        Turning(0)
    }
}

impl Turning {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Turning {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, mut bytes: &[u8]) {
        while let Some((word, rest)) = bytes.split_first_chunk() {
            self.add(u64::from_le_bytes(*word));
            bytes = rest;
        }
        if let Some((word, rest)) = bytes.split_first_chunk() {
            self.add(u32::from_le_bytes(*word).into());
            bytes = rest;
        }
        if let Some((word, rest)) = bytes.split_first_chunk() {
            self.add(u16::from_le_bytes(*word).into());
            bytes = rest;
        }
        if let [byte] = bytes {
            self.add((*byte).into());
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }
}
