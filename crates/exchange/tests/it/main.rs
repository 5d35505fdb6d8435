//! Against the simulated tenant, over real HTTP.

mod admin_api;
mod case;
mod compiling;
mod compiling_entra;
mod executing;
mod misbehaving;
mod observing;
mod signing_in;
mod stub;
mod support;
mod wire;
