//! One case: what the manifest says, what the tenant has and how it answers, and the real binary between them.

use anteroom_model::plan::Plan;
use anteroom_tests::build::brief;
use anteroom_tests::forged::{Answer, Asked};
use anteroom_tests::world::{Ran, World};
use serde_json::Value as Json;

/// The tenant of a case before anything is added to it: contoso, customised, without its generated history.
const TENANT: &str = anteroom_simulator::DEFAULT_SEED;

/// A case in the making.
pub(crate) struct Case {
    pub(crate) world: World,
}

impl Case {
    /// A manifest for the simulated tenant contoso, which somebody has customised.
    pub(crate) fn new(manifest: &str) -> Self {
        Self::with("", manifest)
    }

    /// The same, with more sections in the tenant's seed.
    pub(crate) fn with(seed: &str, manifest: &str) -> Self {
        let customised = TENANT.replacen("dehydrated: true", "dehydrated: false", 1);
        assert_ne!(customised, TENANT, "the seed says where it is not customised");
        Self::of_seed(&format!("{customised}\n{seed}"), manifest)
    }

    /// The same, with a whole seed.
    pub(crate) fn of_seed(seed: &str, manifest: &str) -> Self {
        let case = Self { world: World::of_seed(seed) };
        case.says(manifest)
    }

    /// Says something else from now on.
    pub(crate) fn says(self, manifest: &str) -> Self {
        let head = "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\n";
        let head = if manifest.contains("target:") { "version: 1\n" } else { head };
        self.world.write("anteroom.yaml", &format!("{head}{manifest}"));
        self
    }

    /// Something that an administrator did by hand.
    #[track_caller]
    pub(crate) fn by_hand(self, cmdlet: &str, parameters: Json) -> Self {
        self.world.by_hand(cmdlet, parameters);
        self
    }

    /// What goes wrong on purpose.
    #[track_caller]
    pub(crate) fn fault(self, faults: &Json) -> Self {
        self.world.fault(faults);
        self
    }

    /// Answers that come back changed.
    pub(crate) fn forged(mut self, forger: impl Fn(&Asked, &mut Answer) + Send + Sync + 'static) -> Self {
        self.world.forge(forger);
        self
    }

    /// What `validate` finds: severity, id, place and sentence of each, a line each.
    pub(crate) fn validation(&self) -> String {
        let found = self.world.run(&["validate", "--format", "json"]).json();
        let word = |one: &Json, name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let lines = found.as_array().into_iter().flatten().map(|one| {
            let related: Vec<&str> = one["related"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|r| r["message"].as_str())
                .collect();
            let related =
                if related.is_empty() { String::new() } else { format!(" ({})", related.join(", ")) };
            format!(
                "{} {}: {}{related}; {}",
                word(one, "severity"),
                word(one, "id"),
                word(one, "summary"),
                word(one, "hint")
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The plan, whatever it says.
    #[track_caller]
    pub(crate) fn plan(&self) -> Plan {
        let ran = self.world.run(&["plan", "--retries", "1", "--format", "json"]);
        let plan: Plan =
            serde_json::from_value(ran.json()).unwrap_or_else(|error| panic!("{error}\n{}", ran.stdout));
        assert_eq!(ran.status, i32::from(!plan.is_applicable()), "{}", ran.stderr);
        plan
    }

    /// The plan in a few lines.
    #[track_caller]
    pub(crate) fn brief(&self) -> String {
        brief(&self.plan())
    }

    /// The operations of the plan that are no waits, a line each: what is called, with which parameters.
    #[track_caller]
    pub(crate) fn calls(&self) -> String {
        let plan = serde_json::to_value(self.plan()).expect("JSON");
        let changes = plan["changes"].as_array().into_iter().flatten();
        let operations = changes.flat_map(|change| change["operations"].as_array().into_iter().flatten());
        let calls = operations.filter_map(|operation| {
            let call = &operation["call"];
            match call["type"].as_str()? {
                "cmdlet" => Some(format!("{} {}", call["cmdlet"].as_str()?, call["parameters"])),
                "graph" => Some(format!("{} {} {}", call["method"].as_str()?, call["path"], call["body"])),
                _ => None,
            }
        });
        calls.collect::<Vec<_>>().join("\n")
    }

    /// Runs `apply`.
    pub(crate) fn apply(&self) -> Ran {
        self.world.run(&["apply", "--auto-approve", "--retries", "1"])
    }

    /// Applies, and checks that the next plan is empty, also in other spellings and another order.
    #[track_caller]
    pub(crate) fn converges(&self) {
        let _ = self.apply().exits(0);
        self.is_settled();
    }

    /// Checks that there is nothing to do, also where the tenant answers in other spellings and another order.
    #[track_caller]
    pub(crate) fn is_settled(&self) {
        let _ = self.world.run(&["plan", "--detailed-exitcode"]).exits(0);
        self.world.fault(&serde_json::json!({ "noise": true }));
        let _ = self.world.run(&["plan", "--detailed-exitcode"]).exits(0);
        let _ = self.world.run(&["drift"]).exits(0);
        self.world.fault(&serde_json::json!({}));
    }

    /// The cmdlets and Graph requests that wrote something, in order; by hand or by the binary.
    pub(crate) fn written(&self) -> Vec<String> {
        let names = self.world.writes().into_iter().filter(|one| one["by"] == "request");
        names
            .map(|one| match one["cmdlet"].as_str() {
                Some(cmdlet) => cmdlet.to_owned(),
                None => format!("{} {}", one["method"].as_str().unwrap_or_default(), one["path"]),
            })
            .collect()
    }

    /// The rows of a cmdlet, as an administrator at a shell sees them.
    #[track_caller]
    pub(crate) fn rows(&self, cmdlet: &str, parameters: Json) -> Vec<Json> {
        self.world.by_hand(cmdlet, parameters)
    }
}
