//! The clouds of Microsoft 365.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In which cloud of Microsoft 365 a tenant is. Each has addresses of its own for sign-in, Graph and Exchange (national
/// cloud deployments of Microsoft Graph).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Cloud {
    /// The worldwide one, which also holds Government Community Cloud (GCC).
    #[default]
    Global,
    /// Government Community Cloud High (GCC High) of the United States.
    UsGov,
    /// The one of the Department of Defense of the United States.
    #[serde(rename = "usGovDoD")]
    UsGovDoD,
    /// The one that 21Vianet operates in China.
    China,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Global, Self::UsGov, Self::UsGovDoD, Self::China];

    /// As the manifest writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "usGov",
            Self::UsGovDoD => "usGovDoD",
            Self::China => "china",
        }
    }

    /// Whether it is the one that is meant where none is named.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub const fn is_global(&self) -> bool {
        matches!(self, Self::Global)
    }
}

#[cfg(test)]
mod tests {
    use super::Cloud;

    #[test]
    fn each_is_written_as_it_is_called() {
        for cloud in Cloud::ALL {
            assert_eq!(serde_json::to_value(cloud).unwrap(), cloud.as_str());
        }
    }
}
