//! The parameters of every cmdlet, from `data/cmdlets.json`.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One parameter as its page describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct ParameterInfo {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The parameter sets that have it; empty means all.
    #[serde(default)]
    pub(crate) sets: Vec<String>,
    /// False: Exchange Server only.
    #[serde(default = "yes")]
    pub(crate) online: bool,
}

fn yes() -> bool {
    true
}

/// One cmdlet as its page describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct CmdletInfo {
    /// Each parameter set with its mandatory parameters.
    pub(crate) sets: HashMap<String, Vec<String>>,
    pub(crate) parameters: HashMap<String, ParameterInfo>,
    #[serde(skip)]
    by_lower: HashMap<String, String>,
}

static CMDLETS: LazyLock<HashMap<String, CmdletInfo>> = LazyLock::new(|| {
    // The file is part of the crate; a test reads it, so that this default is never met.
    let mut cmdlets: HashMap<String, CmdletInfo> =
        serde_json::from_str(include_str!("../../data/cmdlets.json")).unwrap_or_default();
    for cmdlet in cmdlets.values_mut() {
        cmdlet.by_lower = cmdlet.parameters.keys().map(|name| (name.to_lowercase(), name.clone())).collect();
    }
    cmdlets
});

impl CmdletInfo {
    pub(crate) fn of(cmdlet: &str) -> Option<&'static CmdletInfo> {
        CMDLETS.get(cmdlet)
    }

    /// The canonical spelling and description of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<(&str, &ParameterInfo)> {
        let name = self.by_lower.get(&name.to_lowercase())?;
        self.parameters.get(name).map(|info| (name.as_str(), info))
    }
}

/// The canonical spelling of a cmdlet's name, or the name as given.
pub(crate) fn canonical_name(name: &str) -> &str {
    super::find(name).map_or(name, |cmdlet| cmdlet.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cmdlet_of_the_table_is_described() {
        for cmdlet in super::super::table::CMDLETS {
            let info =
                CmdletInfo::of(cmdlet.name).unwrap_or_else(|| panic!("{} is not described", cmdlet.name));
            for name in cmdlet.takes {
                let (spelling, parameter) =
                    info.parameter(name).unwrap_or_else(|| panic!("{} has no {name}", cmdlet.name));
                assert_eq!(spelling, *name);
                assert!(parameter.online, "{} -{name} is not in Exchange Online", cmdlet.name);
            }
        }
    }
}
