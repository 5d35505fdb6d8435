//! Making Exchange's pointer to a service principal anew. Nothing but its display name can be changed
//! (`Set-ServicePrincipal`), so one to the wrong object is removed; role assignments of the application go with it and are
//! made again, those among them, too, that the manifest does not know of.

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Expect, Refusal};
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::Object;

use super::assignment::{self, Reach};
use crate::observe::Sight;
use crate::observe::readings::{Readings, Unread};
use crate::rows;
use crate::script::{Cmdlet, Context, KNOWN_SECONDS, Script, quoted};

/// What the output of an assignment that is made again starts with, before its name; its value is the role, the
/// parameter of its reach, the value of that, its marks, and the GUID that it had, separated by tabs.
const RENEWED: &str = "renewed:";
const DISABLED: &str = "disabled";
const DELEGATING: &str = "delegating";

/// The state of a pointer to something else than the service principal.
pub(super) const WRONG: &str = "wrong object";

/// Whether the tenant's pointer of an application points to something else than its service principal.
pub(super) fn is_wrong(app_id: &str, readings: &Readings) -> bool {
    let Some(Ok(pointers)) = &readings.pointers else { return false };
    let Some(Ok(Some(principal))) = readings.applications.get(&app_id.to_lowercase()) else { return false };
    let is = |text: &Option<String>, other: &str| {
        text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(other))
    };
    pointers
        .iter()
        .find(|pointer| is(&pointer.app_id, app_id))
        .is_some_and(|pointer| !is(&pointer.object_id, &principal.id))
}

/// Notes the assignments that go with the wrong pointer.
pub(super) fn note(resource: &Resource, sight: &Sight<'_>, object: &mut Object) -> Result<(), Unread> {
    let app = resource.text("appId").unwrap_or_default();
    let mut names = Vec::new();
    for row in assignment::direct(sight.readings)? {
        let own = assignment::is_app(row)
            && sight.identities.key(assignment::assignee(row)) == sight.identities.key(app);
        let (Some(name), Some(role)) = (row.name.as_deref().filter(|_| own), row.role.as_deref()) else {
            continue;
        };
        let (parameter, value) = match assignment::reach(row) {
            Reach::Organization => ("", ""),
            Reach::Scope(scope) => ("CustomResourceScope", scope),
            Reach::AdministrativeUnit(unit) => ("RecipientAdministrativeUnitScope", unit),
            Reach::Group(group) => ("RecipientGroupScope", group),
            Reach::OrganizationalUnit(unit) => ("RecipientOrganizationalUnitScope", unit),
            Reach::Relative(relative) => ("RecipientRelativeWriteScope", relative),
        };
        let guid = row.guid.as_deref().unwrap_or_default();
        let noted = format!("{role}\t{parameter}\t{value}\t{}\t{guid}", marks(row));
        object.outputs.insert(format!("{RENEWED}{name}"), noted);
        names.push(name.to_owned());
    }
    let mut remark = Diagnostic::warning(
        "service-principal-pointer-wrong",
        format!(
            "Exchange's pointer to the application names another object than its service principal: it is made anew, with {} role assignments",
            names.len()
        ),
    )
    .about(&resource.address)
    .hint("tell whoever made it: New-ServicePrincipal takes the object id of the enterprise application, not of the app registration");
    if !names.is_empty() {
        remark = remark.detail(names.join(", "));
    }
    object.remarks.push(remark);
    Ok(())
}

fn marks(row: &rows::Assignment) -> String {
    let disabled = (row.enabled == Some(false)).then_some(DISABLED);
    let delegating = assignment::is_delegating(row).then_some(DELEGATING);
    disabled.into_iter().chain(delegating).collect::<Vec<_>>().join(" ")
}

/// Makes the assignments again, now that the pointer is the right one.
pub(super) fn again(context: &Context<'_>, script: &mut Script, app_id: &str) {
    let outputs = context.object.into_iter().flat_map(|object| &object.outputs);
    let noted: Vec<(&str, Vec<&str>)> = outputs
        .filter_map(|(output, value)| Some((output.strip_prefix(RENEWED)?, value.split('\t').collect())))
        .collect();
    // A service that keeps assignments of a pointer that is gone would refuse new ones of the same name.
    script.then();
    for (name, _) in &noted {
        let remove = assignment::remove(context, Argument::text(*name));
        script.cmdlet(quoted(name), remove).accepts(&[Refusal::NotFound]);
    }
    script.then();
    for (name, parts) in &noted {
        let [role, parameter, value, marks, guid] = parts.as_slice() else { continue };
        let mut new = Cmdlet::new("New-ManagementRoleAssignment")
            .text("Name", *name)
            .text("Role", *role)
            .text("App", app_id);
        if !parameter.is_empty() {
            new = new.text(parameter, *value);
        }
        if marks.contains(DELEGATING) {
            new = new.switch("Delegating");
        }
        let mut expect = Expect::row([("Name", *name), ("Role", *role)]);
        if !guid.is_empty() {
            expect = expect.but_not("Guid", guid);
        }
        // What is there already is the one that went with the pointer, as some servers still know it.
        script
            .cmdlet(quoted(name), new)
            .found_by(Cmdlet::new(assignment::GET).text("Identity", *name), expect)
            .until("the old assignment is gone everywhere", &[Refusal::AlreadyExists], KNOWN_SECONDS);
    }
    script.then();
    for (name, _) in
        noted.iter().filter(|(_, parts)| parts.get(3).is_some_and(|marks| marks.contains(DISABLED)))
    {
        let set = Cmdlet::new("Set-ManagementRoleAssignment").text("Identity", *name);
        script.cmdlet(quoted(name), set.with("Enabled", Argument::bool(false)));
    }
}
