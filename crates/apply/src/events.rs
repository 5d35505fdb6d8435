//! Events: what a person sees while an apply runs.

use std::time::Duration;

use anteroom_model::address::Address;

/// Hears what an apply does.
pub trait Events: Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A change began.
    Started {
        /// Which.
        address: &'a Address,
        /// How many operations it has.
        operations: usize,
    },
    /// Operations are being sent.
    Operation {
        /// Of which change.
        address: &'a Address,
        /// The first one's title.
        title: &'a str,
    },
    /// A condition is waited for.
    Waiting {
        /// Of which change.
        address: &'a Address,
        /// For what.
        until: &'a str,
        /// Since when.
        elapsed: Duration,
        /// The longest it will wait.
        limit: Duration,
    },
    /// Every operation of a change was done.
    Applied {
        /// Which.
        address: &'a Address,
    },
    /// A change failed.
    Failed {
        /// Which.
        address: &'a Address,
        /// Why.
        message: &'a str,
    },
    /// What a change waits for is not there yet, and it waits no longer.
    Pending {
        /// Which.
        address: &'a Address,
        /// For what.
        message: &'a str,
    },
    /// A change is not tried.
    Skipped {
        /// Which.
        address: &'a Address,
        /// Because of which other change; none for an interruption.
        because_of: Option<&'a Address>,
    },
}

/// Hears nothing.
pub struct Silent;

impl Events for Silent {
    fn event(&self, _event: Event<'_>) {}
}
