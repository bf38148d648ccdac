//! Worker processes: everything that touches hostile bytes runs in one. Knows nothing but the model's limits.
