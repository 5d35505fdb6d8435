//! Against the simulated tenant, over real HTTP.

mod case;
mod compiling;
mod compiling_entra;
mod executing;
mod observing;
mod support;
