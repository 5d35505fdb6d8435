//! What a tenant looks like in canonical form, and what it costs to look.

use anteroom_exchange::EmptyTenant;
use anteroom_model::address::Address;
use anteroom_model::ports::Observe as _;
use anteroom_model::resource::Ensure;
use anteroom_model::snapshot::{Lookup, Observation};
use anteroom_model::value::{Escape, Part, Template, Value};
use serde_json::json;

use crate::support::{World, is_absent, object, resource, set, text, unreadable};

fn list(key: &str, address: &str, members: &[&str]) -> anteroom_model::resource::Resource {
    resource("roomLists", key, &[("primarySmtpAddress", text(address)), ("members", set(members))])
}

#[tokio::test]
async fn a_room_list_comes_in_the_words_of_the_manifest() {
    let world = World::contoso().await;
    world.by_hand(
        "New-DistributionGroup",
        json!({ "Name": "London", "Alias": "london", "PrimarySmtpAddress": "London@contoso.com", "RoomList": true,
            "ManagedBy": ["ceo@contoso.com"], "Members": ["boardroom@contoso.com", "soho@contoso.com"] }),
    );
    let mut london = list("london", "london@contoso.com", &["Boardroom@contoso.com", "nobody@contoso.com"]);
    london.attributes.insert("managedBy".to_owned(), set(&["ceo@contoso.com"]));
    let snapshot = world.observe(std::slice::from_ref(&london)).await;
    let seen = object(&snapshot, &london);
    assert_eq!(seen.text("name"), Some("London"));
    assert_eq!(seen.text("alias"), Some("london"));
    assert_eq!(seen.attributes["managedBy"], set(&["ceo@contoso.com"]));
    let mut members = seen.attributes["members"].elements().to_vec();
    members.sort_unstable();
    assert_eq!(members, ["boardroom@contoso.com", "soho@contoso.com"]);
    assert!(seen.outputs["distinguishedName"].starts_with("CN=London"), "{:?}", seen.outputs);
    assert_eq!(seen.outputs["guid"], seen.id);
    assert!(matches!(snapshot.identities.find("nobody@contoso.com"), Lookup::Nobody));
}

#[tokio::test]
async fn a_taken_address_is_absent_with_an_error_that_names_what_has_it() {
    let world = World::contoso().await;
    let boardroom = list("a", "boardroom@contoso.com", &[]);
    let mut free = list("b", "free@contoso.com", &[]);
    free.attributes.insert("name".to_owned(), text("Nobody has this name"));
    let snapshot = world.observe(&[boardroom.clone(), free.clone()]).await;
    assert!(is_absent(&snapshot, &boardroom) && is_absent(&snapshot, &free));
    let [taken] = snapshot.diagnostics.as_slice() else { panic!("{:?}", snapshot.diagnostics) };
    assert_eq!((taken.id.as_str(), taken.address.as_ref()), ("address-taken", Some(&boardroom.address)));
    assert!(taken.summary.contains("RoomMailbox"), "{}", taken.summary);
}

#[tokio::test]
async fn a_failed_read_is_never_absent() {
    let world = World::contoso().await;
    world.customise();
    world
        .fault(&json!({ "unreadable": ["Get-ManagementScope", "Get-DistributionGroup", "/v1.0/users"] }))
        .await;
    let scope =
        resource("managementScopes", "s", &[("name", text("S")), ("recipientFilter", text("Name -eq 'x'"))]);
    let rooms = list("london", "london@contoso.com", &[]);
    let account = resource("serviceAccounts", "a", &[("userPrincipalName", text("svc@contoso.com"))]);
    let organization = resource("organization", "", &[("customization", text("enabled"))]);
    let all = [scope.clone(), rooms.clone(), account.clone(), organization.clone()];
    let snapshot = world.observe(&all).await;
    assert!(unreadable(&snapshot, &scope).starts_with("Get-ManagementScope could not be read"));
    assert!(
        unreadable(&snapshot, &rooms)
            .starts_with("Get-DistributionGroup london@contoso.com could not be read")
    );
    assert!(unreadable(&snapshot, &account).starts_with("GET /users/svc@contoso.com could not be read"));
    assert_eq!(object(&snapshot, &organization).text("customization"), Some("enabled"));
    assert!(!world.waits().is_empty(), "a failing read is tried again, and that is said");
}

#[tokio::test]
async fn a_lookup_that_fails_makes_unreadable_whoever_needs_it() {
    let world = World::contoso().await;
    world.by_hand(
        "New-DistributionGroup",
        json!({ "Name": "London", "PrimarySmtpAddress": "london@contoso.com",
        "RoomList": true, "Members": ["boardroom@contoso.com"] }),
    );
    world.fault(&json!({ "unreadable": ["Get-Recipient"] })).await;
    let known = resource("roomLists", "a", &[("primarySmtpAddress", text("absent@contoso.com"))]);
    let unknown = list("b", "london@contoso.com", &["other@contoso.com"]);
    let snapshot = world.observe(&[known.clone(), unknown.clone()]).await;
    assert!(unreadable(&snapshot, &unknown).contains("Get-Recipient"));
    assert!(is_absent(&snapshot, &known), "whether its address is free nobody knows, but it is no room list");
}

#[tokio::test]
async fn every_spelling_of_a_member_means_the_same_room() {
    let world = World::contoso().await;
    world.by_hand(
        "Set-Mailbox",
        json!({ "Identity": "boardroom@contoso.com",
        "EmailAddresses": ["SMTP:boardroom@contoso.com", "smtp:old-boardroom@contoso.com"] }),
    );
    let rooms = list("a", "a@contoso.com", &["Old-Boardroom@contoso.com"]);
    let snapshot = world.observe(std::slice::from_ref(&rooms)).await;
    assert_eq!(snapshot.identities.key("old-boardroom@contoso.com"), "boardroom@contoso.com");
}

#[tokio::test]
async fn a_group_named_by_address_gives_its_distinguished_name() {
    let world = World::contoso().await;
    world.by_hand(
        "New-DistributionGroup",
        json!({ "Name": "Floor", "PrimarySmtpAddress": "floor@contoso.com", "RoomList": true }),
    );
    let (there, gone) =
        (Address::new("groups", "floor@contoso.com"), Address::new("groups", "gone@contoso.com"));
    let gap = |of: &Address| Part::Output {
        of: of.clone(),
        output: "distinguishedName".to_owned(),
        escape: Escape::FilterString,
    };
    let template = Template(vec![gap(&there), gap(&gone)]);
    let scope = resource(
        "managementScopes",
        "s",
        &[("name", text("S")), ("recipientFilter", Value::Template { template })],
    );
    let snapshot = world.observe(&[scope]).await;
    let Some(Observation::Present(group)) = snapshot.observations.get(&there) else {
        panic!("{:?}", snapshot.observations)
    };
    assert!(group.outputs["distinguishedName"].starts_with("CN=Floor"));
    assert!(matches!(snapshot.observations.get(&gone), Some(Observation::Absent)));
}

#[tokio::test]
async fn an_assignment_is_found_by_what_it_means_and_then_by_name() {
    let world = World::contoso().await;
    world.customise();
    world.by_hand(
        "New-ManagementScope",
        json!({ "Name": "Rooms", "RecipientRestrictionFilter": "RecipientTypeDetails -eq 'RoomMailbox'" }),
    );
    for (name, user) in [("One", "ceo@contoso.com"), ("Two", "exchange.admin@contoso.com")] {
        world.by_hand(
            "New-ManagementRoleAssignment",
            json!({ "Name": name, "Role": "Mail Recipients", "User": user,
            "CustomRecipientWriteScope": "Rooms" }),
        );
    }
    let stated = |key: &str, name: Option<&str>, user: &str, scope: Value| {
        let mut attributes = vec![("role", text("mail recipients")), ("user", text(user)), ("scope", scope)];
        attributes.extend(name.map(|name| ("name", text(name))));
        for other in ["administrativeUnit", "group", "organizationalUnit"] {
            attributes.push((other, Value::Null));
        }
        resource("roleAssignments", key, &attributes)
    };
    let meant = stated("any", None, "CEO@contoso.com", text("rooms"));
    let named = stated("other", Some("Two"), "ceo@contoso.com", Value::Null);
    let nowhere = stated("none", None, "nobody@contoso.com", text("rooms"));
    let scope = resource("managementScopes", "rooms", &[("name", text("Rooms"))]);
    let snapshot = world.observe(&[meant.clone(), named.clone(), nowhere.clone(), scope.clone()]).await;
    assert_eq!(object(&snapshot, &meant).text("name"), Some("One"));
    assert_eq!(object(&snapshot, &meant).text("user"), Some("ceo@contoso.com"));
    assert_eq!(object(&snapshot, &named).text("user"), Some("exchange.admin@contoso.com"));
    assert!(is_absent(&snapshot, &nowhere));
    let uses: Vec<&str> = object(&snapshot, &scope).used_by.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(uses, ["One", "Two"]);
}

#[tokio::test]
async fn an_account_tells_its_licences_by_name_and_its_mailbox() {
    let world = World::contoso().await;
    let account = resource(
        "serviceAccounts",
        "admin",
        &[
            ("userPrincipalName", text("exchange.admin@contoso.com")),
            ("licenses", set(&["STANDARDPACK"])),
            ("password.neverExpires", Value::Bool(true)),
        ],
    );
    let snapshot = world.observe(std::slice::from_ref(&account)).await;
    let seen = object(&snapshot, &account);
    assert!(!seen.attributes["licenses"].is_unset(), "{:?}", seen.attributes);
    assert!(seen.outputs.contains_key("mailboxGuid"), "{:?}", seen.outputs);
    assert!(snapshot.facts.contains_key("sku:STANDARDPACK"), "{:?}", snapshot.facts);
}

#[tokio::test]
async fn parts_of_a_split_list_are_read_until_one_is_absent() {
    let world = World::contoso().await;
    for (name, address, member) in
        [("R", "r@contoso.com", "boardroom@contoso.com"), ("R 2", "r.2@contoso.com", "soho@contoso.com")]
    {
        world.by_hand(
            "New-DistributionGroup",
            json!({ "Name": name, "PrimarySmtpAddress": address, "RoomList": true, "Members": [member] }),
        );
    }
    let mut rooms = list("r", "r@contoso.com", &["boardroom@contoso.com"]);
    rooms.attributes.insert("maxMembers".to_owned(), Value::Integer(1));
    let snapshot = world.observe(std::slice::from_ref(&rooms)).await;
    let Some(Observation::Present(second)) = snapshot.observations.get(&rooms.address.part(2)) else {
        panic!()
    };
    assert_eq!(second.attributes["members"], set(&["soho@contoso.com"]));
    assert!(!snapshot.observations.contains_key(&rooms.address.part(3)));
}

#[tokio::test]
async fn ten_thousand_rooms_in_a_hundred_and_fifty_lists_take_few_requests() {
    let world = World::of_seed(include_str!("../../../../examples/tenants/large.yaml")).await;
    let lists: Vec<_> = (1..=150)
        .map(|number| {
            let mut one = resource(
                "roomLists",
                &format!("l{number}"),
                &[("primarySmtpAddress", text(&format!("list-{number:03}@contoso.com")))],
            );
            one.attributes.insert("members".to_owned(), Value::Null);
            one
        })
        .collect();
    let first = world.observe(&lists).await;
    let members: usize =
        lists.iter().map(|list| object(&first, list).attributes["members"].elements().len()).sum();
    assert_eq!(members, 10_000);
    // One token, one list of lists, fifteen batches of members.
    assert_eq!(first.cost.requests, 17);
    // All of them new elsewhere: the rooms are read as one list.
    let mut all: Vec<String> = lists
        .iter()
        .flat_map(|list| object(&first, list).attributes["members"].elements().to_vec())
        .collect();
    all.sort_unstable();
    let mut elsewhere = resource("roomLists", "new", &[("primarySmtpAddress", text("new@contoso.com"))]);
    elsewhere.attributes.insert("members".to_owned(), Value::Set(all));
    let second = world.observe(&[elsewhere]).await;
    assert!(second.cost.requests <= 14, "{:?}", second.cost);
    assert!(matches!(second.identities.find("room-00001@contoso.com"), Lookup::One(_)));
}

#[tokio::test]
async fn what_is_to_be_absent_is_read_without_its_members() {
    let world = World::contoso().await;
    world.by_hand(
        "New-DistributionGroup",
        json!({ "Name": "Old", "PrimarySmtpAddress": "old@contoso.com", "RoomList": true,
        "Members": ["boardroom@contoso.com"] }),
    );
    let mut old = list("old", "old@contoso.com", &[]);
    old.ensure = Ensure::Absent;
    world.fault(&json!({ "unreadable": ["Get-DistributionGroupMember"] })).await;
    let snapshot = world.observe(std::slice::from_ref(&old)).await;
    assert!(!object(&snapshot, &old).id.is_empty());
}

#[tokio::test]
async fn an_assignment_that_only_shares_its_name_is_not_removed() {
    let world = World::contoso().await;
    world.customise();
    world.by_hand(
        "New-ManagementRoleAssignment",
        json!({ "Name": "calendars", "Role": "Mail Recipients", "User": "ceo@contoso.com" }),
    );
    let mut unnamed = resource(
        "roleAssignments",
        "calendars",
        &[("role", text("View-Only Recipients")), ("user", text("ceo@contoso.com")), ("scope", Value::Null)],
    );
    assert_eq!(
        object(&world.observe(std::slice::from_ref(&unnamed)).await, &unnamed).text("role"),
        Some("Mail Recipients")
    );
    unnamed.ensure = Ensure::Absent;
    assert!(is_absent(&world.observe(std::slice::from_ref(&unnamed)).await, &unnamed));
    unnamed.attributes.insert("name".to_owned(), text("calendars"));
    assert!(!is_absent(&world.observe(std::slice::from_ref(&unnamed)).await, &unnamed));
}

#[tokio::test]
async fn an_empty_tenant_has_nothing_but_the_groups_that_are_named_by_address() {
    let mut rooms = list("r", "r@contoso.com", &["a@contoso.com", "b@contoso.com", "c@contoso.com"]);
    rooms.attributes.insert("maxMembers".to_owned(), Value::Integer(2));
    let group = Address::new("groups", "floor@contoso.com");
    let template = Template::output(&group, "distinguishedName");
    let scope = resource(
        "managementScopes",
        "s",
        &[("name", text("S")), ("recipientFilter", Value::Template { template })],
    );
    let snapshot = EmptyTenant.observe(&[rooms.clone(), scope.clone()]).await;
    assert!(is_absent(&snapshot, &rooms) && is_absent(&snapshot, &scope));
    assert!(matches!(snapshot.observations.get(&rooms.address.part(2)), Some(Observation::Absent)));
    assert!(!snapshot.observations.contains_key(&rooms.address.part(3)));
    assert!(matches!(snapshot.observations.get(&group), Some(Observation::Present(_))));
}

#[tokio::test]
async fn assignments_of_a_role_group_tell_scopes_from_what_is_none() {
    let world = World::contoso().await;
    world.customise();
    let filter = "RecipientTypeDetails -eq 'RoomMailbox'";
    world.by_hand("New-ManagementScope", json!({ "Name": "Rooms", "RecipientRestrictionFilter": filter }));
    world.by_hand("New-RoleGroup", json!({ "Name": "Operators" }));
    for (role, parameter, scope) in [
        ("Mail Recipients", "CustomRecipientWriteScope", "Rooms"),
        ("Distribution Groups", "RecipientRelativeWriteScope", "Self"),
    ] {
        world.by_hand(
            "New-ManagementRoleAssignment",
            json!({ "Name": role, "Role": role, "SecurityGroup": "Operators", parameter: scope }),
        );
    }
    let group = resource("roleGroups", "operators", &[("name", text("Operators")), ("roles", set(&[]))]);
    let rooms = resource("managementScopes", "rooms", &[("name", text("Rooms"))]);
    let snapshot = world.observe(&[group.clone(), rooms]).await;
    let outputs = &object(&snapshot, &group).outputs;
    let told = outputs.iter().filter(|(output, _)| output.starts_with("assignment:"));
    let mut told: Vec<&str> = told.map(|(_, value)| value.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["Distribution Groups\tSelf\tother", "Mail Recipients\tRooms"]);
    assert!(snapshot.facts["scopeFinds:Rooms"].contains("RoomMailbox"), "{:?}", snapshot.facts);
}
