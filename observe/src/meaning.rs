//! What code means: values, calls and flows over the neutral form become facts.

pub(crate) mod apis;
