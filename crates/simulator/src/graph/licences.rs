//! Licences: what was bought, and giving it to users.

use super::{bad, body, list, not_found};
use crate::entra::Sku;
use crate::guid::Guid;
use crate::http::{Reply, Request};
use crate::simulator::Simulator;
use crate::tenant::Tenant;
use serde_json::{Value, json};

fn consumed(tenant: &Tenant, sku: &Sku) -> usize {
    tenant.users.values().filter(|user| user.licences.contains(&sku.id)).count()
}

/// `GET /subscribedSkus`.
pub(super) fn list(simulator: &Simulator, request: &Request) -> Reply {
    let tenant = simulator.read();
    let rows = tenant
        .skus
        .iter()
        .map(|sku| {
            let plans: Vec<Value> = sku
                .exchange_plan
                .iter()
                .map(|(id, name)| {
                    json!({"servicePlanId": id.to_string(), "servicePlanName": name,
                        "provisioningStatus": "Success", "appliesTo": "User"})
                })
                .collect();
            json!({
                "id": format!("{}_{}", tenant.id, sku.id), "accountId": tenant.id.to_string(),
                "accountName": tenant.display_name, "appliesTo": "User", "capabilityStatus": "Enabled",
                "consumedUnits": consumed(&tenant, sku), "skuId": sku.id.to_string(),
                "skuPartNumber": sku.part_number,
                "prepaidUnits": {"enabled": sku.seats, "suspended": 0, "warning": 0, "lockedOut": 0},
                "servicePlans": plans,
            })
        })
        .collect();
    list::page(request, "subscribedSkus", rows, usize::MAX)
}

/// `GET /users/{id}/licenseDetails`.
pub(super) fn details(simulator: &Simulator, request: &Request, id: &str) -> Reply {
    let tenant = simulator.read();
    let Some(user) = tenant.user(id) else { return not_found(id) };
    let held = tenant.skus.iter().filter(|sku| user.licences.contains(&sku.id));
    let rows = held
        .map(|sku| json!({"id": sku.id.to_string(), "skuId": sku.id.to_string(), "skuPartNumber": sku.part_number}))
        .collect();
    list::page(request, "licenseDetails", rows, usize::MAX)
}

fn sku_of(value: &Value) -> Option<Guid> {
    Guid::parse(value.as_str()?)
}

/// `POST /users/{id}/assignLicense`.
pub(super) fn assign(simulator: &Simulator, request: &Request, id: &str) -> Reply {
    let body = match body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let arrays = (
        body.get("addLicenses").and_then(Value::as_array),
        body.get("removeLicenses").and_then(Value::as_array),
    );
    let (Some(add), Some(remove)) = arrays else {
        return bad("Both addLicenses and removeLicenses must be given as arrays, empty ones too.");
    };
    let add: Option<Vec<Guid>> = add.iter().map(|licence| sku_of(licence.get("skuId")?)).collect();
    let remove: Option<Vec<Guid>> = remove.iter().map(sku_of).collect();
    let (Some(add), Some(remove)) = (add, remove) else { return bad("A skuId is missing or is not a GUID.") };
    let mut tenant = simulator.write();
    let Some(mut user) = tenant.user(id).cloned() else { return not_found(id) };
    if !add.is_empty() && user.usage_location.is_none() {
        return bad("License assignment cannot be done for user with invalid usage location.");
    }
    for gone in &remove {
        if !user.licences.contains(gone) {
            return bad("User does not have a corresponding license.");
        }
    }
    user.licences.retain(|held| !remove.contains(held));
    for new in add {
        let Some(sku) = tenant.skus.iter().find(|sku| sku.id == new) else {
            return bad(&format!("License {new} does not correspond to a valid company License."));
        };
        if user.licences.contains(&new) {
            continue;
        }
        if consumed(&tenant, sku) >= sku.seats as usize {
            return bad(&format!("Subscription with SKU {new} does not have any available licenses."));
        }
        user.licences.push(new);
    }
    let id = user.id;
    let has_mailbox_licence = tenant.has_exchange_licence(&user);
    let row = json!({"id": id.to_string(), "displayName": user.display_name, "userPrincipalName": user.user_principal_name,
        "assignedLicenses": user.licences.iter().map(|id| json!({"skuId": id.to_string(), "disabledPlans": []})).collect::<Vec<_>>()});
    tenant.users.insert(id, user);
    if has_mailbox_licence {
        tenant.provision_mailbox(id);
    } else if let Some(mailbox) = tenant.directory.by_object_id(id)
        && mailbox.kind == crate::recipient::RecipientKind::UserMailbox
    {
        let guid = mailbox.guid;
        tenant.directory.remove(guid);
    }
    list::entity(request, 200, "users", row)
}
