//! Whatever stands in a file, loading ends with findings or a manifest, and every place lies in the file.

mod common;

use anteroom_model::manifest::{Loaded, load};
use common::{EXAMPLE, Memory, example, one};
use proptest::prelude::*;

fn places_lie_in_the_file(loaded: &Loaded) -> Result<(), TestCaseError> {
    for found in &loaded.diagnostics {
        let Some(location) = &found.location else { continue };
        let source = loaded
            .sources
            .iter()
            .find(|source| *source.name == *location.file)
            .expect("a file that was read");
        let lines = source.text.lines().count().max(1);
        prop_assert!(location.line >= 1 && location.column >= 1, "{location}");
        prop_assert!(
            usize::try_from(location.line).expect("small") <= lines + 1,
            "{location} of {lines} lines"
        );
    }
    prop_assert_eq!(
        loaded.manifest.is_none(),
        loaded.diagnostics.iter().any(anteroom_model::diagnostic::Diagnostic::is_error)
    );
    Ok(())
}

/// Pieces of YAML that break things when they meet.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("roomLists:\n".to_owned()),
        Just("organization: ".to_owned()),
        Just("serviceAccounts: { a: ".to_owned()),
        Just("roleAssignments:\n  a:\n    role: ".to_owned()),
        Just("    members: ".to_owned()),
        Just("  - ".to_owned()),
        Just("[".to_owned()),
        Just("}".to_owned()),
        Just("&a ".to_owned()),
        Just("*a".to_owned()),
        Just("<<: ".to_owned()),
        Just("? ".to_owned()),
        Just("!!str ".to_owned()),
        Just("'".to_owned()),
        Just("|\n".to_owned()),
        Just("---\n".to_owned()),
        Just("null".to_owned()),
        Just("\t".to_owned()),
        Just("\u{feff}".to_owned()),
        "[a-zA-Z0-9@.: \n]{0,12}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        places_lie_in_the_file(&one(&text))?;
    }

    #[test]
    fn any_pieces_are_answered(pieces in proptest::collection::vec(piece(), 0..24)) {
        places_lie_in_the_file(&one(&pieces.concat()))?;
    }

    /// A right manifest with a piece cut out or put in.
    #[test]
    fn a_broken_example_is_answered(at in 0..EXAMPLE.len(), cut in 0usize..40, piece in piece()) {
        let end = (at + cut).min(EXAMPLE.len());
        prop_assume!(EXAMPLE.is_char_boundary(at) && EXAMPLE.is_char_boundary(end));
        let text = format!("{}{piece}{}", &EXAMPLE[..at], &EXAMPLE[end..]);
        let files = Memory(example().0).with("folder/anteroom.yaml", text);
        places_lie_in_the_file(&load(&["folder".into()], &files))?;
    }

    #[test]
    fn any_list_is_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), rows in "[a-c@,;\"\r\n#.]{0,80}") {
        let text = "version: 1\ntarget: exchangeOnline\ntenant: c.com\nroomLists:\n  a: { primarySmtpAddress: a@b.c, membersFrom: [{ csv: x.csv }, { file: x.csv }, { csv: y.csv, column: a }] }\n";
        let files = Memory::default().with("m.yaml", text).with("x.csv", bytes).with("y.csv", format!("a,b\r\n{rows}"));
        places_lie_in_the_file(&load(&["m.yaml".into()], &files))?;
    }
}
