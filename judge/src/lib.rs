//! Pure functions from facts and policy to findings and verdict. Sees no bytes and does no input or output.
