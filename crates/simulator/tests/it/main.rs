//! The simulated tenant through its HTTP surface, over a loopback port.

mod admin_api;
mod assignments;
mod binding;
mod client;
mod faults;
mod graph_applications;
mod graph_queries;
mod graph_users;
mod groups;
mod key_vault;
mod mailboxes;
mod members;
mod organization;
mod paging;
mod refusals;
mod role_groups;
mod scopes;
mod seeds;
mod smoke;
mod tls;
mod tokens;
mod wire;
