//! What changed between two audits: places, findings, and what the new side newly does, holds or lacks.
//!
//! Pure functions from two [`Side`]s to a [`Difference`]. Sees no bytes, does no input or output, knows nothing of policy.
//! Reading order: `places.rs` (which place became which), `doors.rs` (findings), `traits.rs` (what a package does and holds).
//!
//! Not handled: several inputs on one side, and which bytes of a shipment a source accounts for.

mod baseline;
mod checks;
pub mod deposit;
mod doors;
mod origin;
mod packages;
mod parts;
mod places;
mod sides;
mod table;
mod traits;

pub use baseline::against;
pub use origin::{Shelf, trace};

use doorward_model::Difference;
use doorward_model::difference::Side;
use places::Matches;
use sides::View;

/// What changed from the old side to the new one.
pub fn compare(old: Side<'_>, new: Side<'_>) -> Difference {
    let (old, new) = (View::new(old), View::new(new));
    let matches = Matches::new(&old, &new);
    let (places, unchanged) = places::changes(&old, &new, &matches);
    Difference {
        subject: packages::subject(&old, &new),
        doors: doors::changes(&old, &new),
        changes: traits::changes(&old, &new, &matches),
        places,
        unchanged,
        not_compared: sides::not_compared(&old, &new),
    }
}
