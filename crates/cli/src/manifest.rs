//! Finding and loading manifests.

use std::path::{Path, PathBuf};

use anteroom_model::diagnostic::{Diagnostic, Severity};
use anteroom_model::manifest::{Disk, Loaded, Manifest, load};

use crate::exit::{Exit, Failure};
use crate::plan_file;
use crate::render::diagnostics;
use crate::simulated::Seed;
use crate::terminal::{Level, Terminal};

/// The manifest that is taken when none is named.
const USUAL: &str = "anteroom.yaml";

/// The paths that were given; else `anteroom.yaml`, else every `*.yaml` of the current folder.
pub(crate) fn paths(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    paths_in(Path::new(""), given)
}

fn paths_in(folder: &Path, given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let usual = folder.join(USUAL);
    if usual.is_file() {
        return Ok(vec![usual]);
    }
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(listed).map_err(|error| Failure::file("read", listed, &error))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml") && path.is_file())
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')))
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(Diagnostic::error(
            "manifest-missing",
            format!("there is no {USUAL} here, and no other *.yaml"),
        )
        .hint("name a manifest or a folder, such as `anteroom plan rooms.yaml`")
        .into());
    }
    Ok(found)
}

/// Everything that loading these paths came to.
pub(crate) fn read(given: &[PathBuf]) -> Result<Loaded, Failure> {
    if let Some(seed) = given.iter().find(|path| !path.exists() && is_seed(path)) {
        let seed = seed.display();
        return Err(Failure::usage(
            format!("there is no manifest {seed}: it is the name of a simulated tenant"),
            &format!("write --simulate={seed}, with an equals sign"),
        ));
    }
    let is_plan = |path: &&PathBuf| {
        path.is_file()
            && std::fs::read(path).is_ok_and(|text| plan_file::is_plan(&String::from_utf8_lossy(&text)))
    };
    if let Some(plan) = given.iter().find(is_plan) {
        return Err(Failure::usage(
            format!("{} is a saved plan, and a manifest is needed here", plan.display()),
            "see it with `anteroom show`, or apply it with `anteroom apply`",
        ));
    }
    Ok(load(&paths(given)?, &Disk))
}

/// Whether a path is spelt as a tenant that is built in.
fn is_seed(path: &Path) -> bool {
    path.to_str().is_some_and(Seed::is_built_in)
}

/// A manifest without errors. Its warnings are told, and its notes where more was asked for.
pub(crate) fn open(given: &[PathBuf], terminal: Terminal) -> Result<Manifest, Failure> {
    let Loaded { manifest, sources, diagnostics } = read(given)?;
    let Some(manifest) = manifest else {
        return Err(Failure { exit: Exit::Error, diagnostics, sources });
    };
    let look = terminal.narration_look();
    let told: Vec<Diagnostic> =
        diagnostics.into_iter().filter(|one| look.verbose || one.severity != Severity::Note).collect();
    if !told.is_empty() {
        terminal.say(Level::Info, &diagnostics::text(&told, &sources, look));
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{paths_in, read};
    use crate::exit::Exit;
    use crate::files::scratch;

    #[test]
    fn what_is_no_manifest_is_told_as_what_it_is() {
        let folder = scratch("no-manifest");
        let plan = folder.join("x.plan");
        std::fs::write(&plan, "{ \"formatVersion\": \"1.0\" }").unwrap();
        for (path, told) in [(plan, "is a saved plan"), ("contoso".into(), "the name of a simulated tenant")]
        {
            let failure = read(&[path]).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.diagnostics[0].summary.contains(told), "{}", failure.diagnostics[0].summary);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn without_a_path_the_usual_manifest_is_taken_else_every_yaml() {
        let folder = scratch("paths");
        let names = |found: Vec<PathBuf>| -> Vec<String> {
            found.iter().map(|path| path.strip_prefix(&folder).unwrap().display().to_string()).collect()
        };
        assert_eq!(paths_in(&folder, &[]).unwrap_err().diagnostics[0].id, "manifest-missing");
        for name in ["b.yaml", "a.yaml", ".hidden.yaml", "c.yml", "d.csv"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        std::fs::create_dir(folder.join("folder.yaml")).unwrap();
        assert_eq!(names(paths_in(&folder, &[]).unwrap()), ["a.yaml", "b.yaml"]);
        std::fs::write(folder.join("anteroom.yaml"), "").unwrap();
        assert_eq!(names(paths_in(&folder, &[]).unwrap()), ["anteroom.yaml"]);
        assert_eq!(paths_in(&folder, &["x".into()]).unwrap(), [Path::new("x")]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
