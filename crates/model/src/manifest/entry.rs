//! Entries: what every kind of resource can be asked for once it is decoded.

use std::fmt;

use schemars::{Schema, SchemaGenerator};

use super::decode::{Decode, Field, Located, Site};
use super::lower::{Draft, Lowering};
use super::node::Node;
use super::report::Report;
use super::texts::Presence;

/// How a kind's section is read and described: a part of its row.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    pub(crate) decode: fn(Node<'_>, Site<'_>, &mut Report) -> Option<Box<dyn Entry>>,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// One decoded entry of the manifest.
pub(crate) trait Entry: fmt::Debug {
    /// The fields that every kind has.
    fn common(&self) -> Common<'_>;

    /// What references to this entry become: what the tenant calls its object.
    fn handle(&self) -> Option<&str>;

    /// What people call it beside its key; a reference by one of these gets a hint.
    fn names(&self) -> Vec<&str>;

    /// Whether it may become several objects.
    fn splits(&self) -> bool {
        false
    }

    /// Fills the resource.
    fn lower(self: Box<Self>, draft: &mut Draft, cx: &mut Lowering<'_, '_>);
}

/// The fields that every kind has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'e> {
    pub(crate) ensure: &'e Field<Presence>,
    pub(crate) protect: &'e Field<bool>,
    pub(crate) ignore: &'e Field<Vec<Located<String>>>,
}

impl Common<'_> {
    pub(crate) fn is_absent(&self) -> bool {
        self.ensure.value() == Some(&Presence::Absent)
    }
}

impl Reading {
    /// The reading of entries of one shape.
    pub(crate) const fn of<T: Decode + Entry + schemars::JsonSchema + 'static>() -> Self {
        Self {
            decode: |node, site, report| {
                T::decode(node, site, report).map(|entry| Box::new(entry) as Box<dyn Entry>)
            },
            schema: |generator| generator.subschema_for::<T>(),
        }
    }
}

/// Declares the fields of a kind's entry: those given, and those that every kind has.
macro_rules! entry {
    ( $(#[$meta:meta])* $name:ident { $($fields:tt)* } ) => {
        $crate::manifest::decode::shape! {
            $(#[$meta])*
            $name {
                $($fields)*
                /// Whether the object is to be there. `absent` deletes it, and needs only what identifies it.
                #[schemars(extend("default" = "present"))]
                "ensure" ~ ensure: $crate::manifest::texts::Presence,
                /// Never delete the object, nor replace it by deletion.
                #[schemars(extend("default" = false))]
                "protect" ~ protect: bool,
                /// Attributes whose differences are left alone, by their path, such as `password.neverExpires`.
                "ignore" ~ ignore: Vec<$crate::manifest::decode::Located<String>>,
            }
        }

        impl $name {
            fn common_fields(&self) -> $crate::manifest::entry::Common<'_> {
                $crate::manifest::entry::Common { ensure: &self.ensure, protect: &self.protect, ignore: &self.ignore }
            }
        }
    };
}

pub(crate) use entry;
