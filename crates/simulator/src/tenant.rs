//! One tenant: everything that the service would remember.

use crate::access::{Access, Principal, RoleGroup};
use crate::clock::{Clock, stamp};
use crate::directory::{Directory, Form, late};
use crate::entra::{AppRoleAssignment, Grant, ServicePrincipal, Sku, User};
use crate::error::SeedError;
use crate::faults::{Delay, Delays, Faults};
use crate::guid::Guid;
use crate::recipient::{Group, Owner, Recipient, RecipientKind};
use crate::time::milliseconds;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Settings of the organisation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization {
    pub(crate) is_dehydrated: bool,
    /// When customisation, once enabled, will have taken effect: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customised_at: Option<i64>,
    /// Never set, on, or off: `EwsEnabled` has three values.
    pub(crate) ews_enabled: Option<bool>,
    pub(crate) ews_allowed_app_ids: Vec<String>,
}

/// A domain that the tenant receives mail for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcceptedDomain {
    pub(crate) name: String,
    pub(crate) guid: Guid,
    pub(crate) is_default: bool,
    pub(crate) is_initial: bool,
}

/// An application that may ask for tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) id: Guid,
    /// Left out: any secret and any assertion are taken. A seed says it in plain text; a tenant keeps its digest only.
    #[serde(default)]
    pub(crate) secret: Option<String>,
    /// Values for the token's `roles` claim; left out: all that the surface asks for.
    #[serde(default)]
    pub(crate) permissions: Option<Vec<String>>,
}

/// A simulated tenant: directory, access, grants, licences and clock. A plain value: cloning copies all of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    pub(crate) id: Guid,
    pub(crate) display_name: String,
    /// `contoso.onmicrosoft.com`.
    pub(crate) initial_domain: String,
    pub(crate) domains: Vec<AcceptedDomain>,
    pub(crate) clock: Clock,
    /// How many GUIDs have been made.
    pub(crate) serial: u64,
    pub(crate) revision: u64,
    pub(crate) organization: Organization,
    /// The user in whose name things are done by hand.
    pub(crate) administrator: Option<Guid>,
    #[serde(default)]
    pub(crate) clients: Vec<Client>,
    /// A client of whoever runs it, beside those.
    #[serde(skip)]
    pub(crate) guest: Option<Guid>,
    pub(crate) directory: Directory,
    pub(crate) users: IndexMap<Guid, User>,
    #[serde(skip)]
    pub(crate) users_by_principal_name: HashMap<String, Guid>,
    pub(crate) service_principals: IndexMap<Guid, ServicePrincipal>,
    pub(crate) app_role_assignments: IndexMap<String, AppRoleAssignment>,
    pub(crate) grants: IndexMap<String, Grant>,
    pub(crate) skus: Vec<Sku>,
    pub(crate) access: Access,
    /// What the seed makes go wrong from the start. Like all faults it belongs to a run, and is not kept.
    #[serde(skip)]
    pub(crate) faults: Faults,
    #[serde(skip)]
    pub(crate) delays: Delays,
    /// When this is: milliseconds since 1970, as of the last look by whoever may write.
    #[serde(skip)]
    pub(crate) moment: i64,
}

/// What a recipient is made from; the rest follows from the service's rules.
#[derive(Debug)]
pub(crate) struct NewRecipient {
    pub(crate) kind: RecipientKind,
    pub(crate) name: String,
    pub(crate) alias: String,
    pub(crate) display_name: String,
    pub(crate) primary_smtp_address: String,
    pub(crate) object_id: Option<Guid>,
    pub(crate) user_principal_name: Option<String>,
    pub(crate) group: Option<Group>,
}

impl Tenant {
    /// Reads a seed: the YAML form described in `examples/tenants/contoso.yaml`.
    pub fn from_seed(yaml: &str) -> Result<Tenant, SeedError> {
        crate::seed::grow(yaml)
    }

    /// The whole tenant as JSON, for keeping it between runs. Holds no passwords (none are kept) and of client secrets only digests.
    /// Request counters and the log of writes belong to a running [`Simulator`](crate::Simulator) and are not part of it.
    pub fn to_json(&self) -> String {
        // Every map has string keys and every value is plain data: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads back what [`Tenant::to_json`] wrote.
    pub fn from_json(json: &str) -> Result<Tenant, SeedError> {
        let mut tenant: Tenant = serde_json::from_str(json).map_err(|error| {
            SeedError::new(Some((error.line() as u64, error.column() as u64)), error.to_string())
        })?;
        tenant.directory.rebuild();
        tenant.users_by_principal_name =
            tenant.users.values().map(|user| (user.user_principal_name.to_lowercase(), user.id)).collect();
        Ok(tenant)
    }

    /// The initial domain, for example `contoso.onmicrosoft.com`: a name for the tenant that every endpoint takes in its path.
    pub fn domain(&self) -> &str {
        &self.initial_domain
    }

    /// Takes a client of whoever runs the tenant, with any secret and every permission, whichever clients the seed lists.
    /// It is no part of the tenant: nobody sees it, and it is not kept.
    pub fn admit(&mut self, client_id: &str) {
        self.guest = Guid::parse(client_id);
    }

    /// The domain of addresses that nobody chose.
    pub(crate) fn default_domain(&self) -> &str {
        self.domains
            .iter()
            .find(|domain| domain.is_default)
            .map_or(&self.initial_domain, |domain| &domain.name)
    }

    /// Whether `name` means this tenant in a path: its id or one of its domains.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        Guid::parse(name) == Some(self.id) || self.accepts(name)
    }

    /// Whether mail for the domain comes here.
    pub(crate) fn accepts(&self, domain: &str) -> bool {
        self.domains.iter().any(|accepted| accepted.name.eq_ignore_ascii_case(domain))
    }

    /// The next GUID.
    pub(crate) fn new_guid(&mut self) -> Guid {
        self.serial += 1;
        Guid::derive(&self.initial_domain, self.serial)
    }

    /// Notes a write: moves the clock on and counts the revision.
    pub(crate) fn touch(&mut self) -> i64 {
        self.revision += 1;
        self.clock.tick()
    }

    /// `CN=<cn>,OU=<tenant>,OU=Microsoft Exchange Hosted Organizations,DC=…`.
    pub(crate) fn distinguished_name(&self, cn: &str) -> String {
        format!(
            "CN={},OU={},OU=Microsoft Exchange Hosted Organizations,DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM",
            escape(cn),
            self.initial_domain
        )
    }

    /// The distinguished name of an object of the organisation's configuration, such as a scope.
    pub(crate) fn configuration_name(&self, container: &str, cn: &str) -> String {
        format!(
            "CN={},CN={container},CN=RBAC,CN=Configuration,CN={},CN=ConfigurationUnits,DC=EURPR01A001,DC=PROD,\
             DC=OUTLOOK,DC=COM",
            escape(cn),
            self.initial_domain
        )
    }

    /// The distinguished name of a recipient that gets its name now: groups carry the moment in it.
    pub(crate) fn recipient_name(&self, name: &str, is_group: bool) -> String {
        if is_group {
            self.distinguished_name(&format!("{name}{}", stamp(self.clock.now)))
        } else {
            self.distinguished_name(name)
        }
    }

    /// Makes a recipient and returns its Exchange GUID. Nothing is checked here.
    pub(crate) fn add_recipient(&mut self, new: NewRecipient) -> Guid {
        let guid = self.new_guid();
        let object_id = match new.object_id {
            Some(id) => id,
            None => self.new_guid(),
        };
        let now = self.clock.now;
        let distinguished_name = self.recipient_name(&new.name, new.group.is_some());
        let nameless_reads = if new.group.is_some() { self.delays.distinguished_name } else { 0 };
        self.directory.insert(Recipient {
            guid,
            object_id,
            kind: new.kind,
            name: new.name,
            alias: new.alias,
            display_name: new.display_name,
            primary_smtp_address: new.primary_smtp_address,
            other_addresses: Vec::new(),
            user_principal_name: new.user_principal_name,
            distinguished_name,
            resource_type: None,
            hidden_from_address_lists: false,
            attributes: BTreeMap::new(),
            group: new.group.map(Box::new),
            created: now,
            changed: now,
            late: None,
            nameless_reads,
        });
        guid
    }

    /// Adds a user and keeps the index of principal names.
    pub(crate) fn add_user(&mut self, user: User) {
        self.users_by_principal_name.insert(user.user_principal_name.to_lowercase(), user.id);
        self.users.insert(user.id, user);
    }

    /// A user by object id or principal name.
    pub(crate) fn user(&self, identity: &str) -> Option<&User> {
        let id = Guid::parse(identity)
            .or_else(|| self.users_by_principal_name.get(&identity.to_lowercase()).copied())?;
        self.users.get(&id)
    }

    /// A user that has no mailbox, as Exchange shows it.
    pub(crate) fn without_mailbox(&self, user: &User) -> Recipient {
        let distinguished_name = self.distinguished_name(&user.mail_nickname);
        let mut shown =
            Recipient::bare(user.id, user.mail_nickname.clone(), distinguished_name, user.created);
        shown.display_name.clone_from(&user.display_name);
        shown.user_principal_name = Some(user.user_principal_name.clone());
        shown
    }

    /// Whether one of the user's licences comes with a mailbox.
    pub(crate) fn has_exchange_licence(&self, user: &User) -> bool {
        user.licences
            .iter()
            .any(|id| self.skus.iter().any(|sku| sku.id == *id && sku.exchange_plan.is_some()))
    }

    /// Gives a licensed user the mailbox that it lacks, after the delay that is asked for.
    pub(crate) fn provision_mailbox(&mut self, user_id: Guid) {
        if self.directory.by_object_id(user_id).is_some() {
            return;
        }
        let Some(user) = self.users.get(&user_id).cloned() else { return };
        let (reads, until) = match self.delays.mailbox {
            Delay::Reads(reads) => (reads, i64::MIN),
            Delay::Time { seconds } => (0, self.moment.saturating_add(milliseconds(seconds))),
        };
        let guid = self.add_recipient(NewRecipient {
            kind: RecipientKind::UserMailbox,
            name: self.free(Form::Name, &user.mail_nickname),
            alias: self.free(Form::Alias, &user.mail_nickname),
            display_name: user.display_name.clone(),
            primary_smtp_address: user.user_principal_name.clone(),
            object_id: Some(user_id),
            user_principal_name: Some(user.user_principal_name.clone()),
            group: None,
        });
        let now = self.moment;
        self.directory.update(guid, |recipient| recipient.late = late(reads, until, now));
    }

    /// Takes the delays of a run over, and may undo the organisation's customisation.
    pub(crate) fn set_delays(&mut self, delays: Delays, dehydrated: bool) {
        self.delays = delays;
        if dehydrated {
            self.organization.is_dehydrated = true;
            self.organization.customised_at = None;
        }
    }

    /// Is anything on its way that time or reads will bring?
    pub(crate) fn has_pending(&self) -> bool {
        self.directory.has_pending() || self.organization.customised_at.is_some()
    }

    /// Lets everything take effect that is due.
    pub(crate) fn settle(&mut self, moment: i64) {
        self.moment = moment;
        if self.directory.has_pending() {
            self.directory.reveal(moment);
        }
        if self.organization.customised_at.is_some_and(|at| at <= moment) {
            self.organization.customised_at = None;
            self.organization.is_dehydrated = false;
        }
    }

    /// `name`, or `name` with a number where another recipient has it in that form.
    fn free(&self, form: Form, name: &str) -> String {
        let taken = |text: &str| self.directory.holder(text, form).is_some();
        if !taken(name) {
            return name.to_owned();
        }
        let mut number = 1u64;
        loop {
            let candidate = format!("{name}{number}");
            if !taken(&candidate) {
                return candidate;
            }
            number += 1;
        }
    }

    /// Takes a user away, with its mailbox and what was assigned to it.
    pub(crate) fn remove_user(&mut self, id: Guid) {
        if let Some(user) = self.users.shift_remove(&id) {
            self.users_by_principal_name.remove(&user.user_principal_name.to_lowercase());
        }
        if let Some(guid) = self.directory.by_object_id(id).map(|recipient| recipient.guid) {
            self.directory.remove(guid);
        }
        let gone = Principal::User(id);
        self.access.assignments.retain(|_, assignment| assignment.assignee != gone);
        for group in self.access.role_groups.values_mut() {
            group.members.retain(|member| *member != gone);
        }
        self.grants.retain(|_, grant| grant.principal != Some(id));
    }

    /// Takes Exchange's pointer to an application away, with its assignments; scopes stay behind.
    pub(crate) fn forget_application(&mut self, object_id: Guid) {
        self.access.pointers.shift_remove(&object_id);
        let gone = Principal::Application(object_id);
        self.access.assignments.retain(|_, assignment| assignment.assignee != gone);
        for group in self.access.role_groups.values_mut() {
            group.members.retain(|member| *member != gone);
        }
    }

    /// A role group by name, GUID, display name or distinguished name.
    pub(crate) fn role_group(&self, identity: &str) -> Option<&RoleGroup> {
        let guid = Guid::parse(identity);
        self.access.role_groups.values().find(|group| {
            guid.is_some_and(|guid| guid == group.guid || guid == group.object_id)
                || group.name.eq_ignore_ascii_case(identity)
                || group.display_name.eq_ignore_ascii_case(identity)
                || self.distinguished_name(&group.name).eq_ignore_ascii_case(identity)
        })
    }

    /// The owner of groups that nobody with a mailbox made.
    pub(crate) fn default_owner(&self) -> Option<Owner> {
        self.role_group("Organization Management").map(|group| Owner::RoleGroup(group.guid))
    }
}

/// Escapes what has a meaning in a distinguished name.
fn escape(cn: &str) -> String {
    let mut text = String::with_capacity(cn.len());
    for letter in cn.chars() {
        if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}
