//! A simulated tenant on a loopback port, and resources in a few words.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anteroom_exchange::{
    Credential, Endpoints, ExchangeApi, Options, Progress, Reader, Secret, Writer, connect,
};
use anteroom_model::address::Address;
use anteroom_model::kind::Kind;
use anteroom_model::place::Place;
use anteroom_model::ports::Observe as _;
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::{Object, Observation, Snapshot};
use anteroom_model::value::Value;
use anteroom_simulator::{Simulator, Tenant};
use serde_json::{Map, Value as Json, json};

/// What was waited for, to look at afterwards.
#[derive(Default)]
pub(crate) struct Waits(Mutex<Vec<String>>);

impl Waits {
    pub(crate) fn told(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

impl Progress for Waits {
    fn observed(&self, _: &str, _: u64) {}

    fn waiting(&self, why: &str, _: Duration) {
        self.0.lock().expect("nobody panics with it").push(why.to_owned());
    }
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) endpoint: String,
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    waits: Arc<Waits>,
}

impl World {
    pub(crate) async fn of_seed(yaml: &str) -> Self {
        Self::with(yaml, ExchangeApi::Beta).await
    }

    pub(crate) async fn with(yaml: &str, exchange_api: ExchangeApi) -> Self {
        let simulator = Simulator::new(Tenant::from_seed(yaml).expect("the seed should be right"));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port should be free");
        let endpoint = format!("http://{}", listener.local_addr().expect("it should be bound"));
        tokio::spawn(simulator.clone().serve(listener));
        let waits = Arc::new(Waits::default());
        let options = Options {
            endpoints: Endpoints::single(&endpoint),
            tenant: simulator.tenant().domain().to_owned(),
            edition: Edition::ExchangeOnline,
            credential: Credential::ClientSecret {
                client_id: "tests".to_owned(),
                secret: Secret::new("tests-secret"),
            },
            exchange_api,
            concurrency: 8,
            retries: 2,
            progress: waits.clone(),
        };
        let (reader, writer) = connect(options).expect("the connection should be made");
        Self { simulator, endpoint, reader, writer, waits }
    }

    pub(crate) async fn contoso() -> Self {
        Self::of_seed(anteroom_simulator::DEFAULT_SEED).await
    }

    pub(crate) async fn observe(&self, resources: &[Resource]) -> Snapshot {
        self.reader.observe(resources).await
    }

    pub(crate) fn by_hand(&self, cmdlet: &str, parameters: Json) -> Vec<Json> {
        let Json::Object(parameters) = parameters else { panic!("parameters are an object") };
        self.simulator.invoke(cmdlet, parameters).unwrap_or_else(|error| panic!("{cmdlet}: {error:?}"))
    }

    pub(crate) async fn fault(&self, faults: &Json) {
        let url = format!("{}/_simulator/faults", self.endpoint);
        let sent =
            reqwest::Client::new().put(url).json(faults).send().await.expect("the simulator should answer");
        assert!(sent.status().is_success(), "{faults}");
    }

    pub(crate) fn waits(&self) -> Vec<String> {
        self.waits.told()
    }

    /// What customising the organisation takes, by hand.
    pub(crate) fn customise(&self) {
        self.by_hand("Enable-OrganizationCustomization", json!({}));
    }
}

/// A resource with these attributes.
pub(crate) fn resource(section: &str, key: &str, attributes: &[(&str, Value)]) -> Resource {
    let address = if key.is_empty() { Address::of_section(section) } else { Address::new(section, key) };
    let kind = Kind::of_section(section).expect("the section should be one");
    let mut resource = Resource::new(address, kind, Place::default());
    for (name, value) in attributes {
        resource.attributes.insert((*name).to_owned(), value.clone());
    }
    resource
}

pub(crate) fn text(text: &str) -> Value {
    Value::text(text)
}

pub(crate) fn set(elements: &[&str]) -> Value {
    Value::Set(elements.iter().map(|element| (*element).to_owned()).collect())
}

pub(crate) fn object<'a>(snapshot: &'a Snapshot, resource: &Resource) -> &'a Object {
    match snapshot.observations.get(&resource.address) {
        Some(Observation::Present(object)) => object,
        other => panic!("{} should be there: {other:?}", resource.address),
    }
}

pub(crate) fn is_absent(snapshot: &Snapshot, resource: &Resource) -> bool {
    matches!(snapshot.observations.get(&resource.address), Some(Observation::Absent))
}

/// The summary of why a resource could not be read.
pub(crate) fn unreadable(snapshot: &Snapshot, resource: &Resource) -> String {
    match snapshot.observations.get(&resource.address) {
        Some(Observation::Unreadable(diagnostic)) => diagnostic.summary.clone(),
        other => panic!("{} should be unreadable: {other:?}", resource.address),
    }
}

pub(crate) fn parameters(json: Json) -> indexmap::IndexMap<String, Json> {
    let object: Map<String, Json> = serde_json::from_value(json).expect("parameters are an object");
    object.into_iter().collect()
}
