//! The header: what stands beside the sections, in one or several files.

use super::check;
use super::decode::{Decode, Site, wrong_type};
use super::node::{Node, Tree, shortened};
use super::policy::PolicyShape;
use super::report::Report;
use super::texts::{CloudName, Target, is_guid};
use crate::cloud::Cloud;
use crate::place::Place;
use crate::resource::Edition;

/// The version of the manifest that this code reads.
const VERSION: &str = "1";

/// What the files say beside their sections.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) version: Option<(String, Place)>,
    pub(crate) target: Option<(Edition, Place)>,
    pub(crate) cloud: Option<(Cloud, Place)>,
    pub(crate) tenant: Option<(String, Place)>,
    pub(crate) policy: Option<(PolicyShape, Place)>,
    /// Fields that are stated but not usable: not reported as missing.
    pub(crate) wrong: Vec<&'static str>,
}

/// The keys of the header.
pub(crate) const KEYS: [&str; 5] = ["version", "target", "cloud", "tenant", "policy"];

impl Header {
    /// Reads one key of the header. Tells whether it was one.
    pub(crate) fn read(&mut self, key: &str, at: Place, node: Node<'_>, report: &mut Report) -> bool {
        let Some(name) = KEYS.into_iter().find(|known| *known == key) else { return false };
        let site = Site::new(name, at);
        if matches!(node.tree, Tree::Blank) {
            report.find(&check::EMPTY_VALUE, at, format!("`{name}` has no value"));
            self.wrong.push(name);
            return true;
        }
        let read = match name {
            "version" => version(&node, site, report)
                .map(|version| state(&mut self.version, version, name, node.place, report)),
            "target" => {
                let place = node.place;
                Target::decode(node, site, report).map(|target| {
                    let edition = match target {
                        Target::ExchangeOnline => Edition::ExchangeOnline,
                        Target::ExchangeServer => Edition::ExchangeServer,
                    };
                    state(&mut self.target, edition, name, place, report);
                })
            }
            "cloud" => {
                let place = node.place;
                CloudName::decode(node, site, report).map(|cloud| {
                    let cloud = match cloud {
                        CloudName::Global => Cloud::Global,
                        CloudName::UsGov => Cloud::UsGov,
                        CloudName::UsGovDoD => Cloud::UsGovDoD,
                        CloudName::China => Cloud::China,
                    };
                    state(&mut self.cloud, cloud, name, place, report);
                })
            }
            "tenant" => {
                let place = node.place;
                tenant(node, site, report).map(|tenant| state(&mut self.tenant, tenant, name, place, report))
            }
            _ => PolicyShape::decode(node, site, report).map(|policy| match &self.policy {
                Some((_, first)) => {
                    report
                        .find(&check::DUPLICATE_KEY, at, "the key `policy` stands twice")
                        .related(*first, "it stands here first");
                }
                None => self.policy = Some((policy, at)),
            }),
        };
        if read.is_none() {
            self.wrong.push(name);
        }
        true
    }

    /// The cloud, which only Exchange Online has one of.
    pub(crate) fn cloud(&self, report: &mut Report) -> Cloud {
        let Some((cloud, place)) = self.cloud else { return Cloud::Global };
        if let Some((edition @ Edition::ExchangeServer, target)) = self.target {
            let summary = format!("`cloud` is a thing of {} only", Edition::ExchangeOnline.title());
            report
                .find(&check::NOT_IN_EDITION, place, summary)
                .related(target, format!("the target is {}", edition.title()));
            return Cloud::Global;
        }
        cloud
    }

    /// Reports what no file states.
    pub(crate) fn complete(&self, first: Place, report: &mut Report) {
        let missing = [
            ("version", self.version.is_some(), "add `version: 1`"),
            ("target", self.target.is_some(), "add `target: exchangeOnline` or `target: exchangeServer`"),
            (
                "tenant",
                self.tenant.is_some(),
                "add `tenant:` with the initial domain, such as `contoso.onmicrosoft.com`",
            ),
        ];
        for (name, stated, hint) in missing {
            if !stated && !self.wrong.contains(&name) {
                report.find(&check::MISSING_FIELD, first, format!("the manifest has no `{name}`")).hint(hint);
            }
        }
    }
}

/// Records a value that may stand in several files when it is the same in all.
fn state<T: PartialEq>(
    slot: &mut Option<(T, Place)>,
    value: T,
    name: &str,
    place: Place,
    report: &mut Report,
) {
    match slot {
        Some((known, first)) if *known != value => {
            report
                .find(&check::CONFLICTING_HEADER, place, format!("`{name}` is stated twice, with two values"))
                .related(*first, "the other value");
        }
        Some(_) => {}
        None => *slot = Some((value, place)),
    }
}

fn version(node: &Node<'_>, site: Site<'_>, report: &mut Report) -> Option<String> {
    let (Tree::Number(text) | Tree::Text(text)) = &node.tree else {
        wrong_type(node, "a whole number", site, report);
        return None;
    };
    if text != VERSION {
        report.find(
            &check::VERSION_UNSUPPORTED,
            node.place,
            format!("version `{}` is not known", shortened(text)),
        );
        return None;
    }
    Some(text.to_string())
}

fn tenant(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<String> {
    let place = node.place;
    let text = String::decode(node, site, report)?;
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if is_guid(&text) || (text.contains('.') && text.split('.').all(label)) {
        return Some(text.to_lowercase());
    }
    let finding = report.find(
        &check::TENANT_INVALID,
        place,
        format!("`{}` is neither a domain nor a tenant id", shortened(&text)),
    );
    if let Some((_, domain)) = text.split_once('@') {
        finding.hint(format!("write the domain alone: {domain}"));
    } else if text.contains("//") {
        finding.hint("write the domain alone, without https:// and path");
    } else if !text.contains('.') && label(&text) {
        finding.hint(format!("write the whole domain, such as `{}.onmicrosoft.com`", text.to_lowercase()));
    }
    None
}
