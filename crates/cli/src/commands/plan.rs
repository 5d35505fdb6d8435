//! `plan`: what apply would do.

use std::path::Path;

use anteroom_exchange::{Compiler, EmptyTenant};
use anteroom_model::manifest::Manifest;
use anteroom_model::operation::Call;
use anteroom_model::place::Sources;
use anteroom_model::plan::Plan;
use anteroom_model::ports::Observe;
use anteroom_model::state::State;
use anteroom_plan::{Inputs, Overrides, Selection, resources};

use crate::arguments::{self, Guards, PlanFormat};
use crate::exit::{Exit, Failure};
use crate::manifest;
use crate::plan_file;
use crate::render::safe::safe;
use crate::render::{diagnostics, markdown, text};
use crate::state_file::StateFile;
use crate::tenant::Context;
use crate::terminal::Level;

/// Plans, prints, and saves where that was asked for.
pub(super) async fn run(arguments: &arguments::Plan, context: Context<'_>) -> Result<Exit, Failure> {
    let manifest = manifest::open(&arguments.paths.paths, context.terminal)?;
    let guards = Chosen::of(&arguments.guards, &manifest)?;
    let plan = if arguments.assume_empty {
        make(&EmptyTenant, &manifest, None, &guards).await
    } else {
        let tenant = context.open((&manifest).into()).await?;
        let state = StateFile::open(context.state_path()?, &manifest.tenant)?;
        let plan = make(&tenant.reader, &manifest, state.state(), &guards).await;
        tenant.progress.finish();
        tenant.refuse_if_nobody(&plan)?;
        plan
    };
    tell_cost(&plan, context);
    if arguments.graph {
        context.print(&graph(&plan))?;
    } else {
        print(&plan, &manifest.sources, arguments.format, context)?;
    }
    if let Some(path) = &arguments.out {
        plan_file::write(path, &plan)?;
        let path = path.to_string_lossy();
        let path = safe(&path);
        let then = if plan.is_applicable() {
            let place = context.global.place();
            let place = safe(&place);
            format!("Saved to {path}; apply exactly this with: anteroom apply{place} {path}")
        } else {
            format!("Saved to {path}; it has errors and cannot be applied.")
        };
        context.terminal.say(Level::Info, &then);
    }
    Ok(if !plan.is_applicable() {
        Exit::Error
    } else if arguments.detailed_exitcode && plan.has_changes() {
        Exit::Differences
    } else {
        Exit::Done
    })
}

/// What the command line chose of a manifest, and against its policy.
pub(super) struct Chosen {
    selection: Selection,
    overrides: Overrides,
}

impl Chosen {
    /// Everything, under the manifest's own policy.
    pub(super) fn everything() -> Self {
        Self { selection: Selection::default(), overrides: Overrides::default() }
    }

    /// As the options say. An address that the manifest does not have is an error: a misspelt `--only` would plan
    /// nothing and look like success.
    pub(super) fn of(guards: &Guards, manifest: &Manifest) -> Result<Self, Failure> {
        let selection = Selection { only: guards.only.clone(), exclude: guards.exclude.clone() };
        selection.resolve(manifest)?;
        let overrides = Overrides { max_deletions: guards.max_deletions, allow_empty: guards.allow_empty };
        Ok(Self { selection, overrides })
    }
}

/// Observes what the manifest touches, and plans.
pub(super) async fn make<O: Observe>(
    observer: &O,
    manifest: &Manifest,
    state: Option<&State>,
    chosen: &Chosen,
) -> Plan {
    // Everything that is read at once is one large future, which belongs on the heap.
    let snapshot = Box::pin(observer.observe(&resources(manifest, &chosen.selection))).await;
    let inputs = Inputs {
        manifest,
        snapshot,
        state,
        selection: &chosen.selection,
        overrides: &chosen.overrides,
        tool_version: env!("CARGO_PKG_VERSION"),
    };
    let mut plan = anteroom_plan::plan(inputs, &Compiler::new(manifest.edition));
    place_deliveries(&mut plan, &manifest.folder);
    plan
}

/// A manifest names the files of passwords as seen from its own folder. A saved plan stands without its manifest, so
/// there they are seen from the folder in which the program runs, as every other path that it prints or takes.
fn place_deliveries(plan: &mut Plan, folder: &Path) {
    for operation in plan.changes.iter_mut().flat_map(|change| &mut change.operations) {
        if let Call::Password { deliver_to, .. } = &mut operation.call
            && let Some(file) = deliver_to.path_mut()
        {
            *file = folder.join(&*file).to_string_lossy().into_owned();
        }
    }
}

/// What observing cost, where more was asked for.
pub(super) fn tell_cost(plan: &Plan, context: Context<'_>) {
    if context.global.verbose > 0 {
        let cost = plan.observation;
        context.terminal.say(
            Level::Info,
            &format!("Read {} objects in {} requests, {} ms.", cost.objects, cost.requests, cost.elapsed_ms),
        );
    }
}

/// The plan with its diagnostics, as text.
pub(super) fn draw(plan: &Plan, sources: &Sources, look: crate::render::look::Look) -> String {
    let mut drawn = text::plan(plan, look);
    if !plan.diagnostics.is_empty() {
        drawn.push('\n');
        drawn.push_str(&diagnostics::text(&diagnostics::errors_last(&plan.diagnostics), sources, look));
    }
    drawn
}

/// The graph of changes, as text that is safe to print.
pub(super) fn graph(plan: &Plan) -> String {
    let text = anteroom_plan::graph_text(plan);
    let mut graph = String::with_capacity(text.len());
    for line in text.lines() {
        put!(graph, "{}\n", safe(line));
    }
    graph
}

/// Prints a plan.
pub(super) fn print(
    plan: &Plan,
    sources: &Sources,
    format: PlanFormat,
    context: Context<'_>,
) -> Result<(), Failure> {
    match format {
        PlanFormat::Text => context.print(&draw(plan, sources, context.terminal.look())),
        PlanFormat::Json => context.print_json(plan),
        PlanFormat::Markdown => context.print(&markdown::plan(plan)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use anteroom_model::change::{Action, Reason};

    use super::place_deliveries;
    use crate::render::samples;

    #[test]
    fn passwords_are_delivered_beside_the_manifest_wherever_the_plan_lies() {
        let operation = |deliver_to: serde_json::Value| {
            serde_json::from_value(serde_json::json!({
                "stage": 0,
                "title": "New password",
                "call": { "type": "password", "secret": "x.password", "deliverTo": deliver_to },
            }))
            .unwrap()
        };
        let mut change = samples::change("serviceAccounts.x", "x", Action::Create, Reason::NotInTenant);
        let file = |file: &str| operation(serde_json::json!({ "file": file }));
        let age = serde_json::json!({ "age": { "recipients": ["age1x"], "file": "secrets/x.age" } });
        change.operations = vec![file("secrets/x"), file("/run/secrets/x"), operation(age)];
        let mut plan = samples::plan(vec![change]);
        place_deliveries(&mut plan, Path::new("rooms"));
        let json = serde_json::to_value(&plan).unwrap();
        let to = |index: usize| &json["changes"][0]["operations"][index]["call"]["deliverTo"];
        assert_eq!((&to(0)["file"], &to(1)["file"]), (&"rooms/secrets/x".into(), &"/run/secrets/x".into()));
        assert_eq!(to(2)["age"]["file"], "rooms/secrets/x.age");
    }
}
