//! The organisation. Facts: `Get-OrganizationConfig`, `Set-OrganizationConfig`, `Enable-OrganizationCustomization`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Expect, Operation, Refusal};
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::Object;
use anteroom_model::value::Value;

use crate::facts;
use crate::observe::Sight;
use crate::observe::readings::{Asks, Readings, Unread, got};
use crate::rights::{self, Right};
use crate::script::{CUSTOMIZED_SECONDS, Cmdlet, Context, Script};

pub(super) struct Adapter;

impl super::Adapter for Adapter {
    fn ask(&self, resource: &Resource, asks: &mut Asks) {
        asks.organization = true;
        asks.ews_access |= resource.manages("ews.allowedAppIds");
    }

    fn see(&self, _: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread> {
        let row = got(sight.readings.organization.as_ref(), "Get-OrganizationConfig")?;
        let mut attributes = BTreeMap::new();
        match row.is_dehydrated {
            Some(false) => {
                attributes.insert("customization".to_owned(), Value::text("enabled"));
            }
            Some(true) => {
                attributes.insert("customization".to_owned(), Value::text("not enabled"));
            }
            None => {
                return Err(Unread::because(
                    "Get-OrganizationConfig",
                    "the answer does not tell IsDehydrated",
                ));
            }
        }
        if let Some(enabled) = row.ews_enabled {
            attributes.insert("ews.enabled".to_owned(), Value::Bool(enabled));
        }
        let ids = row.ews_allowed_app_ids.iter().flat_map(|ids| ids.split([',', ';', ' ']));
        let mut ids: Vec<String> = ids.filter(|id| !id.is_empty()).map(str::to_lowercase).collect();
        ids.sort_unstable();
        if !ids.is_empty() {
            attributes.insert("ews.allowedAppIds".to_owned(), Value::Set(ids));
        }
        let id = row.guid.clone().unwrap_or_else(|| "organization".to_owned());
        Ok(Some(Object { id, attributes, ..Object::default() }))
    }

    fn facts(&self, readings: &Readings, _: &[Cow<'_, Resource>], facts: &mut BTreeMap<String, String>) {
        if let Some(Ok(row)) = &readings.organization
            && let Some(dehydrated) = row.is_dehydrated
        {
            facts.insert(facts::DEHYDRATED.to_owned(), dehydrated.to_string());
        }
    }

    fn rights(&self, _: &Resource) -> Vec<&'static Right> {
        vec![&rights::CONFIGURE_ORGANIZATION]
    }

    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        let mut script = Script::default();
        if context.changed("customization").is_some_and(|value| !value.is_unset()) {
            script
                .cmdlet("(once, cannot be undone)", Cmdlet::new("Enable-OrganizationCustomization").unasked())
                .accepts(&[Refusal::AlreadyEnabled]);
            script.wait(
                "the organisation is customised",
                Cmdlet::new("Get-OrganizationConfig"),
                Expect::row([("IsDehydrated", "False")]),
                CUSTOMIZED_SECONDS,
            );
        }
        let mut set = Cmdlet::new("Set-OrganizationConfig");
        if let Some(enabled) = context.changed("ews.enabled") {
            set = set.maybe("EwsEnabled", Some(enabled));
        }
        if let Some(ids) = context.changed("ews.allowedAppIds") {
            // One text with commas: the parameter is not a list.
            set = set.with("EwsAllowedAppIDs", Argument::text(ids.elements().join(",")));
        }
        if set.says_something() {
            script.then().cmdlet("Exchange Web Services", set);
        }
        Ok(script.finish())
    }
}
