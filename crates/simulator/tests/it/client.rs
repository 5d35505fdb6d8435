//! A small client of the simulator: what another program would do.

use anteroom_simulator::{DEFAULT_SEED, Simulator, Tenant};
use reqwest::{Method, Response};
use serde_json::{Map, Value, json};

pub(crate) struct Client {
    pub(crate) simulator: Simulator,
    pub(crate) base: String,
    http: reqwest::Client,
    graph: String,
    exchange: String,
}

/// One answer of a cmdlet.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answered {
    pub(crate) fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body["value"].as_array().cloned().unwrap_or_default()
    }

    pub(crate) fn row(&self) -> Value {
        let rows = self.rows();
        assert_eq!(rows.len(), 1, "{}", self.body);
        rows[0].clone()
    }

    /// Exception type and text of a refusal.
    pub(crate) fn refusal(&self) -> (String, String) {
        assert!(self.status >= 400, "{}", self.body);
        let inner = &self.body["error"]["innererror"]["internalexception"];
        let (kind, text) =
            (inner["type"].as_str().unwrap_or_default(), inner["message"].as_str().unwrap_or_default());
        let detail = self.body["error"]["details"][0]["message"].as_str().unwrap_or_default();
        let mut parts = detail.splitn(3, '|');
        assert!(parts.next().is_some_and(|code| code.starts_with("Ex") && code.len() == 8), "{detail}");
        assert_eq!((parts.next(), parts.next()), (Some(kind), Some(text)), "{detail}");
        (kind.rsplit('.').next().unwrap_or_default().to_owned(), text.to_owned())
    }
}

impl Client {
    pub(crate) async fn contoso() -> Client {
        Client::of(DEFAULT_SEED).await
    }

    /// Contoso after Enable-OrganizationCustomization.
    pub(crate) async fn customised() -> Client {
        Client::of(&DEFAULT_SEED.replace("dehydrated: true", "dehydrated: false")).await
    }

    pub(crate) async fn of(seed: &str) -> Client {
        let simulator = Simulator::new(Tenant::from_seed(seed).expect("the seed is valid"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(simulator.clone().serve(listener));
        let mut client = Client {
            simulator,
            base,
            http: reqwest::Client::new(),
            graph: String::new(),
            exchange: String::new(),
        };
        client.graph = client.token("https://graph.microsoft.com/.default").await;
        client.exchange = client.token("https://outlook.office365.com/.default").await;
        client
    }

    pub(crate) async fn token(&self, scope: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "11111111-2222-4333-8444-555555555555"),
            ("client_secret", "s3cret"),
            ("scope", scope),
        ];
        let body: Value = self.ask_token(&form).await.json().await.expect("JSON");
        body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    }

    pub(crate) async fn ask_token(&self, form: &[(&str, &str)]) -> Response {
        let url = format!("{}/{}/oauth2/v2.0/token", self.base, self.simulator.tenant().domain());
        self.http.post(url).form(form).send().await.expect("an answer")
    }

    pub(crate) fn plain(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(crate) fn exchange_token(&self) -> &str {
        &self.exchange
    }

    pub(crate) fn graph_token(&self) -> &str {
        &self.graph
    }

    pub(crate) async fn graph(&self, method: Method, path: &str, body: Option<Value>) -> Answered {
        let mut request = self.plain(method, &format!("/v1.0{path}")).bearer_auth(&self.graph);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answered(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.graph(Method::GET, path, None).await
    }

    /// A cmdlet with `Prefer` and anchor, as a careful client sends it; every page is followed.
    pub(crate) async fn run(&self, cmdlet: &str, parameters: Value) -> Answered {
        let mut parameters = parameters;
        if !cmdlet.starts_with("Get-") && !cmdlet.starts_with("Test-") {
            parameters["Confirm"] = json!(false);
        }
        let mut url = self.invoke_url();
        let mut all = Vec::new();
        loop {
            let mut page = self.page(&url, cmdlet, &parameters, Some(1_000)).await;
            if page.status != 200 {
                return page;
            }
            all.extend(page.rows());
            let next = page.body["@odata.nextLink"].as_str().map(str::to_owned);
            let Some(next) = next else {
                page.body["value"] = Value::Array(all);
                return page;
            };
            url = next;
        }
    }

    pub(crate) fn invoke_url(&self) -> String {
        format!("{}/adminapi/beta/{}/InvokeCommand", self.base, self.simulator.tenant().domain())
    }

    /// The exception's last name and the text of a refusal.
    pub(crate) async fn refuse(&self, cmdlet: &str, parameters: Value) -> (String, String) {
        self.run(cmdlet, parameters).await.refusal()
    }

    /// Runs, and expects success.
    pub(crate) async fn ok(&self, cmdlet: &str, parameters: Value) -> Vec<Value> {
        self.run(cmdlet, parameters).await.rows()
    }

    pub(crate) async fn row(&self, cmdlet: &str, parameters: Value) -> Value {
        self.run(cmdlet, parameters).await.row()
    }

    pub(crate) async fn page(
        &self,
        url: &str,
        cmdlet: &str,
        parameters: &Value,
        size: Option<u32>,
    ) -> Answered {
        let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}});
        let mut request = self
            .http
            .post(url)
            .bearer_auth(&self.exchange)
            .header("X-AnchorMailbox", "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso")
            .json(&body);
        if let Some(size) = size {
            request = request.header("Prefer", format!("odata.maxpagesize={size}"));
        }
        answered(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.plain(method, &format!("/_simulator/{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = answered(request.send().await.expect("an answer")).await;
        assert!(answer.status < 300, "{}", answer.body);
        answer.body
    }

    pub(crate) fn by_hand(&self, cmdlet: &str, parameters: &Value) -> Vec<Value> {
        let parameters: Map<String, Value> = parameters.as_object().cloned().unwrap_or_default();
        self.simulator.invoke(cmdlet, parameters).unwrap_or_else(|refusal| panic!("{cmdlet}: {refusal}"))
    }
}

pub(crate) async fn answered(response: Response) -> Answered {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.expect("a body");
    Answered { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}
