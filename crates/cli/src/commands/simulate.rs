//! `simulate`: a simulated tenant, served alone or changed by hand.

use std::time::Duration;

use anteroom_model::diagnostic::Diagnostic;

use super::{asked_to_end, block_on};
use crate::arguments::{self, DEFAULT_SEED, Invoke, Simulate, SimulateCommand};
use crate::environment::{CLIENT_ID, CLIENT_SECRET, TENANT_ID};
use crate::exit::{Exit, Failure};
use crate::render::safe::safe;
use crate::simulated::{self, Seed, Simulated, listen};
use crate::tenant::Context;
use crate::terminal::Level;

/// How often a tenant that is served is written, if it was changed.
const KEEP_EVERY: Duration = Duration::from_secs(1);

/// Serves, or invokes a cmdlet.
pub(super) fn run(arguments: &Simulate, context: Context<'_>) -> Result<Exit, Failure> {
    let global = context.global.simulate.as_deref();
    let seed = Seed::find(arguments.seed.as_deref().or(global).unwrap_or(DEFAULT_SEED))?;
    if arguments.reset {
        seed.reset()?;
        context.terminal.say(Level::Info, &format!("The tenant {} begins anew.", safe(seed.name())));
    }
    match &arguments.command {
        Some(SimulateCommand::Invoke(invocation)) => invoke(invocation, &seed, context),
        None => block_on(serve(arguments, &seed, context)),
    }
}

fn invoke(invocation: &Invoke, seed: &Seed, context: Context<'_>) -> Result<Exit, Failure> {
    if !context.global.fault.is_empty() {
        return Err(Failure::usage(
            "no fault touches a cmdlet that is run by hand",
            "leave --fault out, or serve the tenant with it",
        ));
    }
    let mut simulated = Simulated::open(seed, None)?;
    let parameters = invocation.parameters.iter().cloned().collect();
    let answer = simulated.simulator().invoke(&invocation.cmdlet, parameters);
    // A cmdlet that fails half way has changed what it had done so far.
    simulated.keep()?;
    let rows = answer.map_err(|error| {
        Diagnostic::error("cmdlet-refused", format!("{} was refused: {error}", invocation.cmdlet))
    })?;
    context.print_json(&rows)?;
    Ok(Exit::Done)
}

async fn serve(arguments: &arguments::Simulate, seed: &Seed, context: Context<'_>) -> Result<Exit, Failure> {
    let mut simulated = Simulated::open(seed, context.faults()?)?;
    let (listener, plain) = listen(arguments.listen).await?;
    let secure = if arguments.tls { Some(simulated::identity(seed, arguments.listen.ip())?) } else { None };
    let base = if arguments.tls { simulated::secure_base(&plain) } else { plain };
    let tenant = safe(simulated.simulator().tenant().domain()).into_owned();
    let mut lines = format!(
        "{base}\n{TENANT_ID}={tenant}\n{CLIENT_ID}={}\n{CLIENT_SECRET}={}\n",
        simulated::CLIENT_ID,
        simulated::CLIENT_SECRET
    );
    if let Some((_, authority)) = &secure {
        lines.extend([format!("SSL_CERT_FILE={}\n", safe(&authority.to_string_lossy()))]);
    }
    context.print(&lines)?;
    context.terminal.say(
        Level::Info,
        &format!(
            "Serving the simulated tenant {tenant}. In another shell, set these variables and run\n\
             anteroom plan --endpoint {base}\n\
             Ctrl-C ends it; it is kept in {}.",
            safe(&seed.kept().to_string_lossy())
        ),
    );
    let simulator = simulated.simulator().clone();
    let mut serving = tokio::spawn(async move {
        match secure {
            Some((identity, _)) => simulator.serve_tls(listener, &identity).await,
            None => simulator.serve(listener).await,
        }
    });
    let mut keeping = tokio::time::interval(KEEP_EVERY);
    let mut ending = std::pin::pin!(asked_to_end());
    loop {
        tokio::select! {
            () = &mut ending => break,
            ended = &mut serving => {
                simulated.keep()?;
                let reason = match ended {
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                    Ok(Ok(())) => "nobody listens any more".to_owned(),
                };
                return Err(Diagnostic::error("serve", format!("the simulated tenant stopped: {reason}")).into());
            }
            _ = keeping.tick() => { simulated.keep()?; }
        }
    }
    simulated.keep()?;
    Ok(Exit::Done)
}
