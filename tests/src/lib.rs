//! What the promises, stories and benchmarks of Anteroom share: a simulated tenant that a test can look into, and the
//! real binary run against it.

pub mod build;
pub mod forged;
pub mod world;
