//! `plan`: what apply would do.

use anteroom_exchange::{Compiler, EmptyTenant};
use anteroom_model::manifest::Manifest;
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
        let tenant = context.open(&manifest.tenant, manifest.edition).await?;
        let state = StateFile::open(context.state_path()?, &manifest.tenant)?;
        let plan = make(&tenant.reader, &manifest, state.state(), &guards).await;
        tenant.progress.finish();
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
            format!("Saved to {path}; apply exactly this with: anteroom apply {path}")
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
    anteroom_plan::plan(inputs, &Compiler::new(manifest.edition))
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
