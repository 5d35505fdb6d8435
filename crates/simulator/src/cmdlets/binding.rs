//! Binding: from JSON parameters to checked ones, with PowerShell's refusals.

use super::metadata::{CmdletInfo, ParameterInfo};
use super::{Cmdlet, enumerations};
use crate::error::CmdletError;
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// Parameters of every cmdlet.
const COMMON: &[&str] = &[
    "Confirm",
    "WhatIf",
    "Verbose",
    "Debug",
    "ErrorAction",
    "WarningAction",
    "InformationAction",
    "ErrorVariable",
    "WarningVariable",
    "OutBuffer",
    "OutVariable",
];

/// A change of a multi-valued property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListChange {
    Replace(Vec<String>),
    /// `@{Add=…;Remove=…}`.
    Adjust {
        add: Vec<String>,
        remove: Vec<String>,
    },
}

impl ListChange {
    /// What the list is afterwards; comparison is by `same`.
    pub(crate) fn apply(&self, old: &[String], same: impl Fn(&str, &str) -> bool) -> Vec<String> {
        match self {
            Self::Replace(new) => new.clone(),
            Self::Adjust { add, remove } => {
                let mut list: Vec<String> =
                    old.iter().filter(|old| !remove.iter().any(|gone| same(old, gone))).cloned().collect();
                for new in add {
                    if !list.iter().any(|old| same(old, new)) {
                        list.push(new.clone());
                    }
                }
                list
            }
        }
    }
}

/// Parameters under their canonical names, with values of the right shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(IndexMap<String, Value>);

impl Parameters {
    /// Checks names, edition, parameter sets and types.
    pub(crate) fn bind(cmdlet: &Cmdlet, given: &Map<String, Value>) -> Result<Parameters, CmdletError> {
        let Some(info) = CmdletInfo::of(cmdlet.name) else {
            return Err(CmdletError::new(CmdletError::INVALID, "The cmdlet is not described."));
        };
        let mut bound = IndexMap::new();
        for (name, value) in given {
            if name.contains('@') {
                continue;
            }
            if let Some(common) = COMMON.iter().find(|common| common.eq_ignore_ascii_case(name)) {
                bound.insert((*common).to_owned(), value.clone());
                continue;
            }
            let (name, parameter) =
                info.parameter(name).filter(|(_, info)| info.online).ok_or_else(|| {
                    CmdletError::new(
                        CmdletError::BINDING,
                        format!("A parameter cannot be found that matches parameter name '{name}'."),
                    )
                })?;
            if !cmdlet.takes.contains(&name) {
                return Err(CmdletError::new(
                    "System.NotSupportedException",
                    format!("The simulated tenant does not act on -{name} of {}.", cmdlet.name),
                ));
            }
            let value = convert(name, parameter, value)?;
            if bound.insert(name.to_owned(), value).is_some() {
                return Err(CmdletError::new(
                    CmdletError::BINDING,
                    format!("Cannot bind parameter because parameter '{name}' is specified more than once."),
                ));
            }
        }
        let parameters = Parameters(bound);
        parameters.check_sets(info)?;
        Ok(parameters)
    }

    fn check_sets(&self, info: &CmdletInfo) -> Result<(), CmdletError> {
        let mut candidates: Vec<&String> = info.sets.keys().collect();
        candidates.sort();
        for name in self.0.keys() {
            if let Some((_, parameter)) = info.parameter(name)
                && !parameter.sets.is_empty()
            {
                candidates.retain(|set| parameter.sets.contains(set));
            }
        }
        if candidates.is_empty() {
            return Err(CmdletError::new(
                CmdletError::BINDING_SET,
                "Parameter set cannot be resolved using the specified named parameters.",
            ));
        }
        let lacking = |set: &&String| -> Vec<&String> {
            let mandatory = info.sets.get(*set).map(Vec::as_slice).unwrap_or_default();
            mandatory.iter().filter(|name| !self.0.contains_key(*name)).collect()
        };
        // Sets of Exchange Server need what nobody can give here: they do not count when saying what is missing.
        let online = |set: &&String| {
            let mandatory = info.sets.get(*set).map(Vec::as_slice).unwrap_or_default();
            mandatory.iter().all(|name| info.parameter(name).is_none_or(|(_, info)| info.online))
        };
        let fewest = candidates
            .iter()
            .copied()
            .filter(|set| online(set))
            .map(|set| lacking(&set))
            .min_by_key(Vec::len);
        match fewest {
            Some(missing) if missing.is_empty() => Ok(()),
            missing => {
                let names: Vec<&str> = missing.iter().flatten().map(|name| name.as_str()).collect();
                Err(CmdletError::new(
                    CmdletError::BINDING,
                    format!(
                        "Cannot process command because of one or more missing mandatory parameters: {}.",
                        names.join(" ")
                    ),
                ))
            }
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text; nothing where it is left out, `null` or empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// For properties that can be cleared: given at all, and with which text.
    #[allow(clippy::option_option, reason = "left out, cleared and set are three things")]
    pub(crate) fn clearable(&self, name: &str) -> Option<Option<String>> {
        self.0.get(name).map(|value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
    }

    /// A mandatory text: `null` and an empty text are refused as PowerShell does.
    pub(crate) fn required(&self, name: &str) -> Result<&str, CmdletError> {
        self.text(name).ok_or_else(|| {
            let what =
                if self.0.get(name).is_some_and(Value::is_string) { "an empty string" } else { "null" };
            CmdletError::new(
                CmdletError::BINDING,
                format!("Cannot bind argument to parameter '{name}' because it is {what}."),
            )
        })
    }

    /// A switch, or a Boolean that is false when left out.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.flag(name).unwrap_or(false)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => Some(text.trim_start_matches('$').eq_ignore_ascii_case("true")),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    /// A list; one value counts as a list of one.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.list_change(name)? {
            ListChange::Replace(list) => Some(list),
            ListChange::Adjust { add, .. } => Some(add),
        }
    }

    pub(crate) fn list_change(&self, name: &str) -> Option<ListChange> {
        let value = self.0.get(name)?;
        if let Value::Object(table) = value {
            let side = |key: &str| {
                table
                    .iter()
                    .find(|(k, _)| k.eq_ignore_ascii_case(key))
                    .map(|(_, v)| texts(v))
                    .unwrap_or_default()
            };
            return Some(ListChange::Adjust { add: side("Add"), remove: side("Remove") });
        }
        Some(ListChange::Replace(texts(value)))
    }

    /// How many rows may be answered in all: `ResultSize`, 1000 where it is left out, no limit for `Unlimited` and
    /// for cmdlets without it.
    pub(crate) fn result_size(&self, cmdlet: &str) -> Option<usize> {
        match self.0.get("ResultSize") {
            Some(Value::Number(number)) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
            Some(Value::String(text)) => text.parse().ok(),
            _ => CmdletInfo::of(cmdlet).and_then(|info| info.parameter("ResultSize")).map(|_| 1_000),
        }
    }

    /// Everything that was given, for the log, with passwords blanked.
    pub(crate) fn for_log(given: &Map<String, Value>) -> Map<String, Value> {
        given
            .iter()
            .map(|(name, value)| {
                let secret = name.to_ascii_lowercase().contains("password");
                (name.clone(), if secret { Value::from("(redacted)") } else { value.clone() })
            })
            .collect()
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// Checks a value against its type, and brings it into shape.
fn convert(name: &str, parameter: &ParameterInfo, value: &Value) -> Result<Value, CmdletError> {
    let refused = |detail: String| {
        CmdletError::new(
            "System.Management.Automation.ParameterBindingArgumentTransformationException",
            format!("Cannot process argument transformation on parameter '{name}'. {detail}"),
        )
    };
    let element = parameter.kind.strip_suffix("[]");
    let kind = element.unwrap_or(&parameter.kind);
    if let Some(members) = enumerations::members(kind) {
        let one = |value: &Value| -> Result<Value, CmdletError> {
            let word = value.as_str().unwrap_or_default();
            // A comma-separated text is a list, as PowerShell's own conversion takes it.
            enumerations::bind(members, word).map(Value::from).ok_or_else(|| {
                refused(format!(
                    "Cannot convert value \"{}\" to type \"{kind}\". Error: \"Unable to match the identifier name \
                     {} to a valid enumerator name. Specify one of the following enumerator names and try again: {}\"",
                    plain(value),
                    plain(value),
                    members.join(", ")
                ))
            })
        };
        return match (value, element) {
            (Value::Array(values), Some(_)) => {
                values.iter().map(one).collect::<Result<_, _>>().map(Value::Array)
            }
            (Value::String(text), Some(_)) => text
                .split(',')
                .map(|word| one(&Value::from(word.trim())))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            _ => one(value),
        };
    }
    let wrong = || refused(format!("Cannot convert value \"{}\" to type \"{kind}\".", plain(value)));
    match kind {
        "SwitchParameter" | "Boolean" => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::Null if kind == "Boolean" => Ok(Value::Null),
            Value::String(text) => match text.trim_start_matches('$').to_ascii_lowercase().as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        },
        "Int32" | "Int16" | "UInt32" | "Int64" => match value {
            Value::Number(number) if number.is_i64() => Ok(value.clone()),
            Value::Null => Ok(Value::Null),
            Value::String(text) => text.parse::<i64>().map(Value::from).map_err(|_| wrong()),
            _ => Err(wrong()),
        },
        "Unlimited" => match value {
            Value::Number(number) if number.is_u64() => Ok(value.clone()),
            Value::String(text) if text.eq_ignore_ascii_case("Unlimited") => Ok(Value::from("Unlimited")),
            Value::String(text) => text.parse::<u64>().map(Value::from).map_err(|_| wrong()),
            _ => Err(wrong()),
        },
        "MultiValuedProperty" | "ProxyAddressCollection" => match value {
            Value::Object(table) => {
                let typed =
                    table.get("@odata.type").and_then(Value::as_str) == Some("#Exchange.GenericHashTable");
                let known = table.keys().all(|key| {
                    key.contains('@') || key.eq_ignore_ascii_case("Add") || key.eq_ignore_ascii_case("Remove")
                });
                if typed && known { Ok(value.clone()) } else { Err(wrong()) }
            }
            Value::Array(_) | Value::String(_) | Value::Null => Ok(value.clone()),
            _ => Err(wrong()),
        },
        "SmtpAddress" => match value {
            Value::String(text) if text.is_empty() || is_address(text) => Ok(value.clone()),
            Value::String(text) => Err(refused(format!("The email address \"{text}\" isn't correct."))),
            Value::Null => Ok(Value::Null),
            _ => Err(wrong()),
        },
        _ if element.is_some() => match value {
            Value::Array(_) | Value::String(_) | Value::Null => Ok(value.clone()),
            _ => Err(wrong()),
        },
        _ => match value {
            Value::String(_) | Value::Null => Ok(value.clone()),
            Value::Number(_) => Ok(Value::from(value.to_string())),
            _ => Err(wrong()),
        },
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `local@domain.tld`, without spaces.
pub(crate) fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && local.len() <= 64
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !domain.contains('@')
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c))
    })
}
