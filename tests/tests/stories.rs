//! Stories: the real binary, run as a person runs it, one story a file under `stories/`.
//!
//! `NAME.trycmd` holds the commands and what they print. `NAME.in` beside it is the folder that the story begins with,
//! or a text file with the path of one; `NAME.out` (empty but for `.keep`) makes it run in a copy of that folder, so that
//! `.anteroom/` and `secrets/` never land in the repository. `TRYCMD=overwrite cargo test -p anteroom-tests --test
//! stories` writes what is printed now; read the difference before committing it, and put `[..]` where a distinguished
//! name carries the time at which it was made.

use std::path::Path;
use std::time::Duration;

use anteroom_tests::world::binary;

#[test]
fn stories() {
    let cases = trycmd::TestCases::new();
    cases
        .register_bin("anteroom", binary())
        .timeout(Duration::from_mins(1))
        // The same output wherever they run.
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .env("AZURE_TENANT_ID", "")
        .env("AZURE_CLIENT_ID", "")
        .env("AZURE_CLIENT_SECRET", "")
        .env("AZURE_CLIENT_CERTIFICATE_PATH", "")
        .env("AZURE_FEDERATED_TOKEN_FILE", "")
        .env("ANTEROOM_ACCESS_TOKEN", "")
        .case("stories/*.trycmd");
    // Here and not on drop, so that a failure is this test's.
    cases.run();
}

#[test]
fn every_story_runs_in_a_copy_of_its_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut stories = 0;
    for entry in std::fs::read_dir(&folder).expect("stories/") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "trycmd") {
            stories += 1;
            assert!(path.with_extension("in").exists(), "{} has no .in beside it", path.display());
            assert!(
                path.with_extension("out").is_dir(),
                "{} has no .out/ beside it: it would run in place",
                path.display()
            );
        }
    }
    assert!(stories > 0, "no story found in {}", folder.display());
}
