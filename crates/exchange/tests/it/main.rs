//! Against the simulated tenant, over real HTTP.

mod compiling;
mod executing;
mod observing;
mod support;
