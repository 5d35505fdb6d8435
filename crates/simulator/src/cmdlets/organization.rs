//! Settings of the organisation.

use super::binding::ListChange;
use super::{Answer, Call};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::rendering::{Cell, Column};
use crate::tenant::{AcceptedDomain, Tenant};

const COLUMNS: &[Column<Tenant>] = &[
    ("Identity", |t, _| Cell::text(&t.initial_domain)),
    ("Name", |t, _| Cell::text(&t.initial_domain)),
    ("DisplayName", |t, _| Cell::text(&t.display_name)),
    ("IsDehydrated", |t, _| Cell::Flag(t.organization.is_dehydrated)),
    ("EwsEnabled", |t, _| t.organization.ews_enabled.map_or(Cell::Null, Cell::Flag)),
    ("EwsAllowedAppIDs", |t, _| match t.organization.ews_allowed_app_ids.as_slice() {
        [] => Cell::Null,
        ids => Cell::text(ids.join(",")),
    }),
    ("Guid", |t, _| Cell::Guid(t.id)),
    ("ExternalDirectoryOrganizationId", |t, _| Cell::Guid(t.id)),
    ("IsValid", |_, _| Cell::Flag(true)),
];

/// Get-OrganizationConfig. The allowed applications are shown only on request.
#[allow(clippy::unnecessary_wraps, reason = "the table of cmdlets has one signature")]
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let mut call = Call { parameters: call.parameters.clone(), select: call.select.clone(), ..*call };
    if !call.parameters.switch("RetrieveEwsOperationAccessPolicy") {
        if call.select.is_empty() {
            call.select = COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
        }
        call.select.retain(|name| !name.eq_ignore_ascii_case("EwsAllowedAppIDs"));
        // A selection of that column alone must not turn into "everything".
        call.select.push("EwsOperationAccessPolicy".to_owned());
    }
    Ok(call.one(tenant, COLUMNS, tenant))
}

/// Set-OrganizationConfig.
pub(crate) fn set(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let mut new = tenant.organization.clone();
    if parameters.has("EwsEnabled") {
        new.ews_enabled = parameters.flag("EwsEnabled");
    }
    if let Some(value) = parameters.clearable("EwsAllowedAppIDs") {
        let ids = value.unwrap_or_default();
        let mut list = Vec::new();
        for id in ids.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            let Some(guid) = Guid::parse(id) else {
                return Err(CmdletError::new(
                    CmdletError::ARGUMENT,
                    format!("The value '{id}' of EwsAllowedAppIDs isn't an application id."),
                ));
            };
            list.push(guid.to_string());
        }
        new.ews_allowed_app_ids = list;
    }
    let unchanged = new.ews_enabled == tenant.organization.ews_enabled
        && new.ews_allowed_app_ids == tenant.organization.ews_allowed_app_ids;
    tenant.organization = new;
    Ok(if unchanged { Answer::unchanged(&tenant.initial_domain) } else { Answer::done() })
}

fn already_enabled() -> CmdletError {
    CmdletError::new(
        CmdletError::INVALID,
        "This operation is not required. Organization is already enabled for customization.",
    )
}

/// Enable-OrganizationCustomization: once, and never back. It may take its time; a second attempt is refused from the start.
pub(crate) fn enable_customization(_: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    if !tenant.organization.is_dehydrated {
        return Err(already_enabled());
    }
    if tenant.organization.customised_at.is_some() {
        return Err(already_enabled());
    }
    if std::mem::take(&mut tenant.delays.enable_fails) {
        return Err(CmdletError::new(
            CmdletError::TASK,
            "The operation couldn't be completed. The organization couldn't be enabled for customization.",
        ));
    }
    tenant.organization.customised_at = Some(tenant.moment.saturating_add(tenant.delays.enable));
    tenant.settle(tenant.moment);
    Ok(Answer::done())
}

const DOMAIN_COLUMNS: &[Column<AcceptedDomain>] = &[
    ("Identity", |d, _| Cell::text(&d.name)),
    ("Name", |d, _| Cell::text(&d.name)),
    ("DomainName", |d, _| Cell::text(&d.name)),
    ("DomainType", |_, _| Cell::text("Authoritative")),
    ("Default", |d, _| Cell::Flag(d.is_default)),
    ("InitialDomain", |d, _| Cell::Flag(d.is_initial)),
    ("Guid", |d, _| Cell::Guid(d.guid)),
];

/// Get-AcceptedDomain.
pub(crate) fn accepted_domains(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let Some(identity) = call.parameters.text("Identity") else {
        return Ok(call.few(tenant, DOMAIN_COLUMNS, &tenant.domains));
    };
    let guid = Guid::parse(identity);
    tenant
        .domains
        .iter()
        .find(|domain| domain.name.eq_ignore_ascii_case(identity) || Some(domain.guid) == guid)
        .map(|domain| call.one(tenant, DOMAIN_COLUMNS, domain))
        .ok_or_else(|| CmdletError::not_found(identity))
}

/// A list change that only ever replaces; used where the cmdlet's page shows no hashtable form.
pub(crate) fn replaced(change: Option<ListChange>) -> Vec<String> {
    match change {
        Some(ListChange::Replace(list) | ListChange::Adjust { add: list, .. }) => list,
        None => Vec::new(),
    }
}
