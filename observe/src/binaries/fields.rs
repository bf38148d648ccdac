//! Numbers at offsets of a content, in either byte order; nothing where the content ends before.

/// A content and its byte order.
#[derive(Clone, Copy)]
pub(super) struct Fields<'b> {
    bytes: &'b [u8],
    big: bool,
}

impl<'b> Fields<'b> {
    /// Numbers with their lowest byte first.
    pub(super) fn little(bytes: &'b [u8]) -> Self {
        Self { bytes, big: false }
    }

    /// Numbers with their highest byte first.
    pub(super) fn big(bytes: &'b [u8]) -> Self {
        Self { bytes, big: true }
    }

    /// Some bytes at an offset.
    pub(super) fn bytes<const N: usize>(self, at: u64) -> Option<[u8; N]> {
        let start = usize::try_from(at).ok()?;
        self.bytes.get(start..start.checked_add(N)?)?.try_into().ok()
    }

    /// Two bytes.
    pub(super) fn u16(self, at: u64) -> Option<u16> {
        let bytes = self.bytes(at)?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    /// Four bytes.
    pub(super) fn u32(self, at: u64) -> Option<u32> {
        let bytes = self.bytes(at)?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// Eight bytes.
    pub(super) fn u64(self, at: u64) -> Option<u64> {
        let bytes = self.bytes(at)?;
        Some(if self.big { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// Four or eight bytes.
    pub(super) fn word(self, at: u64, wide: bool) -> Option<u64> {
        if wide { self.u64(at) } else { self.u32(at).map(u64::from) }
    }
}
