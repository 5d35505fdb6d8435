//! Large tenants by number instead of by name.

use super::schema::Generate;
use crate::cmdlets::resource_user;
use crate::recipient::{Group, RecipientKind};
use crate::tenant::{NewRecipient, Tenant};
use indexmap::IndexSet;

/// Adds numbered people, rooms and room lists: `room-00001@…`, `list-001@…`, `person-001@…`.
pub(super) fn add(tenant: &mut Tenant, numbers: &Generate) {
    let domain = tenant.default_domain().to_owned();
    for number in 1..=numbers.people {
        let address = format!("person-{number:03}@{domain}");
        let (name, alias) = (format!("Person {number:03}"), format!("person-{number:03}"));
        add_mailbox(tenant, RecipientKind::UserMailbox, &name, &alias, &address);
    }
    let lists = numbers.lists.max(1);
    let mut members: Vec<IndexSet<crate::guid::Guid>> = vec![IndexSet::new(); lists as usize];
    for number in 0..numbers.rooms {
        // u64: the product of two u32 always fits, and the quotient is below `lists`.
        let list = u64::from(number) * u64::from(lists) / u64::from(numbers.rooms);
        let list = usize::try_from(list).unwrap_or_default();
        let (name, alias) = (format!("Room {:05}", number + 1), format!("room-{:05}", number + 1));
        let guid =
            add_mailbox(tenant, RecipientKind::RoomMailbox, &name, &alias, &format!("{alias}@{domain}"));
        let city = numbers.cities.get(list % numbers.cities.len().max(1)).cloned();
        tenant.directory.update(guid, |recipient| {
            recipient.resource_type = Some("Room".to_owned());
            recipient.set_attribute("City", city);
        });
        if let Some(list) = members.get_mut(list) {
            list.insert(guid);
        }
    }
    for (number, members) in (1..=numbers.lists).zip(members) {
        let owners = tenant.default_owner().into_iter().collect();
        let alias = format!("list-{number:03}");
        let guid = tenant.add_recipient(NewRecipient {
            kind: RecipientKind::RoomList,
            name: format!("List {number:03}"),
            display_name: format!("List {number:03}"),
            primary_smtp_address: format!("{alias}@{domain}"),
            alias,
            object_id: None,
            user_principal_name: None,
            group: Some(Group::new(owners)),
        });
        tenant.directory.set_members(guid, members);
    }
}

fn add_mailbox(
    tenant: &mut Tenant,
    kind: RecipientKind,
    name: &str,
    alias: &str,
    address: &str,
) -> crate::guid::Guid {
    let id = tenant.new_guid();
    let now = tenant.clock.now;
    tenant.add_user(resource_user(id, address, name, alias, now));
    tenant.add_recipient(NewRecipient {
        kind,
        name: name.to_owned(),
        alias: alias.to_owned(),
        display_name: name.to_owned(),
        primary_smtp_address: address.to_owned(),
        object_id: Some(id),
        user_principal_name: Some(address.to_owned()),
        group: None,
    })
}
