//! The simulated tenant through its HTTP surface, over a loopback port.

mod client;
mod smoke;
