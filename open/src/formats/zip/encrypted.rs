//! Encrypted zip members. The zip crate decrypts, and reads nothing less than an archive: so the member is put into one of its own,
//! which stands in three pieces in memory, its stored bytes uncopied.

use super::Content;
use super::directory::IS_STRONGLY_ENCRYPTED;
use crate::fields::offset;
use crate::{Children, Stop};
use doorward_model::{Meta, Problem, ProblemKind, Step};
use std::io::{Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

/// Most bytes that are unpacked to see whether a password fits: its own check lets one wrong password in 256 through.
const TRIAL_BYTES: u64 = 16 << 20;

/// Yields the member decrypted, or says why not.
pub(super) fn open(step: Step, meta: &Meta, member: &Content<'_, '_>, children: &mut dyn Children) -> Result<(), Stop> {
    let name = member.record.name;
    if member.record.flags & IS_STRONGLY_ENCRYPTED != 0 {
        let why = Problem::new(ProblemKind::Unsupported, "encrypted by a method that is not read");
        return children.entry(step, name, meta.clone(), Some(why));
    }
    let passwords = children.passwords().to_vec();
    let tried = match passwords.len() {
        0 => "encrypted, and no password was given".to_owned(),
        count => format!("encrypted, and none of the passwords given opens it ({count} tried)"),
    };
    let mut why = Problem::new(ProblemKind::Encrypted, tried);
    for password in passwords {
        match fits(member, &password) {
            Err(ZipError::UnsupportedArchive(what)) => why = Problem::new(ProblemKind::Unsupported, format!("encrypted; {what}")),
            Err(_) => continue,
            Ok(()) => {
                if let Ok(mut alone) = ZipArchive::new(Alone::new(member))
                    && let Ok(mut file) = alone.by_index_decrypt(0, &password)
                {
                    return children.child(step, name, meta.clone(), &mut file).map(drop);
                }
            }
        }
    }
    children.entry(step, name, meta.clone(), Some(why))
}

/// Whether the password opens the member, as far as its first bytes tell.
fn fits(member: &Content<'_, '_>, password: &[u8]) -> Result<(), ZipError> {
    let mut alone = ZipArchive::new(Alone::new(member))?;
    let file = alone.by_index_decrypt(0, password)?;
    std::io::copy(&mut file.take(TRIAL_BYTES), &mut std::io::sink())?;
    Ok(())
}

/// An archive of one member.
struct Alone<'a> {
    pieces: [std::borrow::Cow<'a, [u8]>; 3],
    at: u64,
}

impl<'a> Alone<'a> {
    fn new(member: &Content<'_, 'a>) -> Self {
        let record = member.record;
        let aes = record.aes.or(member.local.aes).unwrap_or_default();
        let mut extra = Vec::new();
        if !aes.is_empty() {
            extra.extend(0x9901_u16.to_le_bytes());
            extra.extend(u16::try_from(aes.len()).unwrap_or_default().to_le_bytes());
            extra.extend(aes);
        }
        let clamp = |size: u64| u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes();
        // From the version to the length of the extra field, local and central headers are the same.
        let mut shared = Vec::new();
        shared.extend(51_u16.to_le_bytes());
        shared.extend(record.flags.to_le_bytes());
        shared.extend(record.method.to_le_bytes());
        shared.extend(record.time.to_le_bytes());
        shared.extend(record.crc.to_le_bytes());
        shared.extend(clamp(offset(member.stored.len())));
        shared.extend(clamp(record.size));
        shared.extend(1_u16.to_le_bytes());
        shared.extend(u16::try_from(extra.len()).unwrap_or_default().to_le_bytes());
        let head = [super::LOCAL, &shared, b"m", &extra].concat();
        let central = [super::CENTRAL, &51_u16.to_le_bytes(), &shared, &[0; 14], b"m", &extra].concat();
        let central_at = offset(head.len()).saturating_add(offset(member.stored.len()));
        let end = [super::directory::END, &[0, 0, 0, 0, 1, 0, 1, 0], &clamp(offset(central.len())), &clamp(central_at), &[0, 0]]
            .concat();
        Self { pieces: [head.into(), member.stored.into(), [central, end].concat().into()], at: 0 }
    }
}

impl Read for Alone<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut from = crate::fields::size(self.at);
        for piece in &self.pieces {
            if let Some(mut left) = piece.get(from..).filter(|left| !left.is_empty()) {
                let count = left.read(buffer)?;
                self.at = self.at.saturating_add(offset(count));
                return Ok(count);
            }
            from = from.saturating_sub(piece.len());
        }
        Ok(0)
    }
}

impl Seek for Alone<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let length = self.pieces.iter().fold(0_u64, |length, piece| length.saturating_add(offset(piece.len())));
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
