//! Against the simulated tenant, over real HTTP.

mod executing;
mod observing;
mod support;
