//! https, with an authority made for the purpose.

use anteroom_simulator::{DEFAULT_SEED, Simulator, Tenant, TlsIdentity};
use reqwest::{Certificate, Client};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

struct Served {
    port: u16,
    client: Client,
}

async fn serve() -> Served {
    let identity = TlsIdentity::generate(IpAddr::V4(Ipv4Addr::LOCALHOST)).expect("an identity");
    let simulator = Simulator::new(Tenant::from_seed(DEFAULT_SEED).expect("a seed"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let port = listener.local_addr().expect("bound").port();
    let authority = Certificate::from_pem(identity.authority().as_bytes()).expect("PEM");
    tokio::spawn(async move { simulator.serve_tls(listener, &identity).await });
    Served { port, client: Client::builder().tls_certs_only([authority]).build().expect("a client") }
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_served_and_sees_https() {
    let Served { port, client } = serve().await;
    for host in ["localhost", "127.0.0.1"] {
        let base = format!("https://{host}:{port}");
        let path = "contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration";
        let found: Value =
            client.get(format!("{base}/{path}")).send().await.expect("an answer").json().await.expect("JSON");
        let endpoint = found["token_endpoint"].as_str().expect("an endpoint").to_owned();
        assert!(endpoint.starts_with(&format!("{base}/")), "{endpoint}");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "11111111-2222-4333-8444-555555555555"),
            ("client_secret", "s"),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let token: Value =
            client.post(endpoint).form(&form).send().await.expect("an answer").json().await.expect("JSON");
        let token = token["access_token"].as_str().expect("a token").to_owned();
        let batch = json!({"requests": [{"id": "1", "method": "GET", "url": "/users?$top=1"}]});
        let request = client.post(format!("{base}/v1.0/$batch")).bearer_auth(&token).json(&batch);
        let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        let link = answer["responses"][0]["body"]["@odata.nextLink"].as_str().expect("a link");
        assert!(link.starts_with(&format!("{base}/v1.0/users?")), "{link}");
    }
}

#[tokio::test]
async fn nobody_else_is_served_and_nobody_is_held_up() {
    let Served { port, client } = serve().await;
    // One that never greets, and one that speaks plain http.
    let silent = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    assert!(Client::new().get(format!("http://127.0.0.1:{port}/")).send().await.is_err());
    let stranger = Client::builder().tls_certs_only([]).build().expect("a client");
    assert!(stranger.get(format!("https://localhost:{port}/")).send().await.is_err());
    let url = format!("https://localhost:{port}");
    assert_eq!(client.get(format!("{url}/_simulator/clock")).send().await.expect("an answer").status(), 200);
    drop(silent);
    // Cut connections break under TLS too.
    let faults = json!({"failNext": [], "errors": {"token": 1}});
    client.put(format!("{url}/_simulator/faults")).json(&faults).send().await.expect("an answer");
    let mut broken = 0;
    for number in 0..40 {
        let form = [("client_id", number.to_string())];
        let sent = client.post(format!("{url}/contoso.com/oauth2/v2.0/token")).form(&form).send().await;
        broken += usize::from(sent.is_err());
    }
    assert!(broken > 3, "{broken}");
}
