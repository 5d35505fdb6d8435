//! GUIDs that are derived, never drawn: the same seed always makes the same tenant.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A 128-bit identifier, written as 8-4-4-4-12 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Guid(u128);

impl Guid {
    /// Reads the dashed form, with or without braces, in any case.
    pub(crate) fn parse(text: &str) -> Option<Guid> {
        let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut value = 0u128;
        for (place, byte) in bytes.iter().enumerate() {
            if matches!(place, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
            } else {
                value = value << 4 | u128::from(char::from(*byte).to_digit(16)?);
            }
        }
        Some(Guid(value))
    }

    /// A version 4 shaped GUID that depends on `text` and `number` alone.
    pub(crate) fn derive(text: &str, number: u64) -> Guid {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        for byte in text.bytes().chain([0]).chain(number.to_le_bytes()) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
        // FNV leaves the high bits of short inputs alike; one more round spreads them.
        hash = (hash ^ (hash >> 61)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        hash ^= hash >> 67;
        let variant = (hash & !(0xf << 76)) | (0x4 << 76);
        Guid((variant & !(0x3 << 62)) | (0x2 << 62))
    }

    /// The dashed form, on the stack.
    pub(crate) fn digits(self) -> [u8; 36] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut place = 0;
        for byte in self.0.to_be_bytes() {
            if matches!(place, 8 | 13 | 18 | 23) {
                place += 1;
            }
            text[place] = HEX[usize::from(byte >> 4)];
            text[place + 1] = HEX[usize::from(byte & 0xf)];
            place += 2;
        }
        text
    }

    /// The thirty-two digits alone.
    pub(crate) fn plain(self) -> String {
        format!("{:032x}", self.0)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.digits()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Guid::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("'{text}' is not a GUID")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let guid = Guid::derive("contoso", 7);
        assert_eq!(Guid::parse(&guid.to_string()), Some(guid));
        assert_eq!(Guid::parse(&format!("{{{}}}", guid.to_string().to_uppercase())), Some(guid));
        assert_eq!(guid.to_string().as_bytes()[14], b'4');
        assert_ne!(guid, Guid::derive("contoso", 8));
        assert_eq!(Guid::parse("boardroom@contoso.com"), None);
    }
}
