//! Nothing that a run writes anywhere holds a password, a client secret or a token: not as it is, nor as programs encode it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anteroom_tests::world::{CLIENT_SECRET, World};
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value as Json, json};

const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
const VAULT_TOKEN: &str = "vault-token-5Yw8aPz3Qk1LmNo7";

/// Accounts whose passwords go to every sort of place.
fn manifest() -> String {
    let age = format!("{{ age: {{ recipients: [{RECIPIENT}], file: kept/age }} }}");
    let script = "mkdir -p kept; read p; echo $p > kept/command; echo took $p; echo $p >&2";
    let accounts = [
        ("file", "{ file: kept/file }".to_owned()),
        ("age", age),
        ("command", format!("{{ command: [sh, -c, '{script}'] }}")),
        ("vault", "{ keyVault: { vault: contoso, secret: svc } }".to_owned()),
    ]
    .map(|(key, to)| {
        format!(
            "  {key}:\n    userPrincipalName: svc-{key}@contoso.com\n    password: {{ deliverTo: {to} }}\n"
        )
    });
    let head = "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\nserviceAccounts:\n";
    format!("{head}{}", accounts.concat())
}

/// Stands between the binary and the tenant, hears every secret that passes, and is a Key Vault beside it.
#[derive(Clone)]
struct Ear {
    target: String,
    client: reqwest::Client,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    tokens: BTreeSet<String>,
    /// By user principal name.
    passwords: BTreeMap<String, String>,
    vault: Vec<Json>,
    /// Whether the vault refuses, and repeats in its answer what it was sent.
    vault_is_rude: bool,
}

impl Ear {
    /// Listens in front of a world until the runtime ends.
    fn before(world: &mut World, runtime: &tokio::runtime::Runtime) -> Self {
        let ear =
            Self { target: world.endpoint.clone(), client: reqwest::Client::new(), heard: Arc::default() };
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))
            .expect("a loopback port");
        world.endpoint = format!("http://{}", listener.local_addr().expect("its address"));
        let router = axum::Router::new().fallback(hear).with_state(ear.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        ear
    }

    fn secrets(&self) -> BTreeSet<String> {
        let heard = self.heard.lock().expect("no panic");
        heard.tokens.iter().chain(heard.passwords.values()).cloned().collect()
    }
}

async fn hear(State(ear): State<Ear>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = axum::body::to_bytes(body, 8 << 20).await.expect("a body");
    let path = parts.uri.path_and_query().expect("a path").as_str().to_owned();
    let token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    ear.heard.lock().expect("no panic").tokens.extend(token.map(str::to_owned));
    listen(&ear, &serde_json::from_slice(&sent).unwrap_or_default());
    if path.starts_with("/keyvault/contoso/secrets/svc") {
        return vault(&ear, parts.method.as_str(), token, &sent);
    }
    if path.ends_with("/token") && String::from_utf8_lossy(&sent).contains("vault.azure.net") {
        return axum::Json(
            json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": VAULT_TOKEN }),
        )
        .into_response();
    }
    let mut onward = ear.client.request(parts.method, format!("{}{path}", ear.target));
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        onward = onward.header(name, value);
    }
    let answer = onward.body(sent).send().await.expect("the tenant");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let kept: HeaderMap = headers
        .into_iter()
        .filter_map(|(name, value)| Some((name?, value)))
        .filter(|(name, _)| ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING].contains(name))
        .collect();
    (status, kept, answer.bytes().await.expect("an answer")).into_response()
}

/// Every account's password that is somewhere in a request.
fn listen(ear: &Ear, body: &Json) {
    match body {
        Json::Object(fields) => {
            let password = body["passwordProfile"]["password"].as_str();
            if let (Some(name), Some(password)) = (body["userPrincipalName"].as_str(), password) {
                ear.heard.lock().expect("no panic").passwords.insert(name.to_owned(), password.to_owned());
            }
            fields.values().for_each(|field| listen(ear, field));
        }
        Json::Array(elements) => elements.iter().for_each(|element| listen(ear, element)),
        _ => {}
    }
}

fn vault(ear: &Ear, method: &str, token: Option<&str>, sent: &Bytes) -> Response {
    if token != Some(VAULT_TOKEN) {
        let challenge =
            "Bearer authorization=\"https://login.windows.net/t\", resource=\"https://vault.azure.net\"";
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
    }
    let mut heard = ear.heard.lock().expect("no panic");
    let body: Json = serde_json::from_slice(sent).unwrap_or_default();
    let id = "https://contoso.vault.azure.net/secrets/svc/1";
    match method {
        "PUT" if heard.vault_is_rude => {
            let value = body["value"].as_str().unwrap_or_default().to_owned();
            heard.passwords.insert("refused".to_owned(), value);
            let words = format!("no room for {}", String::from_utf8_lossy(sent));
            return (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": { "message": words } })))
                .into_response();
        }
        "PUT" => heard.vault.push(json!({ "id": id, "value": body["value"], "tags": body["tags"] })),
        "PATCH" => {
            let last = heard.vault.last_mut().expect("a version");
            last["tags"] = body["tags"].clone();
        }
        _ => {}
    }
    match heard.vault.last() {
        Some(version) => axum::Json(version.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, axum::Json(json!({ "error": { "code": "SecretNotFound" } })))
            .into_response(),
    }
}

/// A text as it is and as programs write it: in Base64 at any distance from the beginning, in percent signs, in hex.
fn forms(secret: &str) -> Vec<String> {
    let written = |shown: &dyn Fn(u8) -> String| secret.bytes().map(shown).collect::<Vec<_>>().concat();
    let hex = written(&|byte| format!("{byte:02x}"));
    let escaped = |kept: &[u8]| {
        written(&|byte| {
            let plain = byte.is_ascii_alphanumeric() || kept.contains(&byte);
            if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        })
    };
    let mut forms = vec![secret.to_owned(), hex, escaped(b""), escaped(b"-._~"), escaped(b"-._*")];
    forms.push(serde_json::to_string(secret).expect("JSON").trim_matches('"').to_owned());
    forms.extend((0..3).map(|skipped| base64(&secret.as_bytes()[skipped..])));
    forms.extend(
        (0..3).map(|skipped| base64(&secret.as_bytes()[skipped..]).replace('+', "-").replace('/', "_")),
    );
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = bytes.chunks_exact(3).flat_map(|three| {
        let bits = three.iter().fold(0usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63]))
    });
    whole.collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Everything that was written, by name: what runs printed, and every file but those that hold passwords on purpose.
fn written(world: &World, printed: Vec<(String, String)>) -> Vec<(String, String)> {
    let kept = ["kept/file", "kept/command"].map(|name| world.folder().join(name));
    let mut written = printed;
    for file in files(world.folder()).into_iter().filter(|file| !kept.contains(file)) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).expect("a file")).into_owned();
        written.push((file.display().to_string(), text));
    }
    written
}

fn search(written: &[(String, String)], secrets: &BTreeSet<String>) {
    for secret in secrets.iter().map(String::as_str).chain([CLIENT_SECRET]) {
        assert!(secret.len() >= 16, "a secret worth the name");
        for form in forms(secret) {
            for (name, text) in written {
                assert!(!text.contains(&form), "{name} holds a secret");
            }
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

fn printed(world: &World, log: &str, arguments: &[&str], status: i32) -> (String, String) {
    let ran = world.run(&[arguments, &["-vvv", "--log-format", log]].concat()).exits(status);
    (format!("{arguments:?}"), format!("{}\n{}", ran.stdout, ran.stderr))
}

#[test]
fn no_secret_is_in_anything_that_a_whole_run_writes() {
    for log in ["text", "json"] {
        let runtime = runtime();
        let mut world = World::contoso();
        let ear = Ear::before(&mut world, &runtime);
        world.write("m.yaml", &manifest());
        let run = |arguments: &[&str], status| printed(&world, log, arguments, status);
        let mut outputs = vec![
            run(&["plan", "m.yaml", "--out", "saved.json"], 0),
            run(&["apply", "--auto-approve", "saved.json"], 0),
            run(&["plan", "m.yaml", "--format", "json"], 0),
            run(&["drift", "m.yaml", "--format", "json"], 0),
            run(&["show", "saved.json", "--format", "markdown"], 0),
            run(&["apply", "--auto-approve", "--format", "json", "m.yaml"], 0),
        ];
        // A sign-in that is refused, with a token in the environment.
        let token = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";
        let mut refused = world.command(&["plan", "m.yaml", "-vvv", "--log-format", log]);
        let refused = refused.env("ANTEROOM_ACCESS_TOKEN", token).output().expect("the binary");
        assert_ne!(refused.status.code(), Some(0));
        for output in [refused.stdout, refused.stderr] {
            outputs.push(("a refused sign-in".to_owned(), String::from_utf8_lossy(&output).into_owned()));
        }

        let mut secrets = ear.secrets();
        secrets.insert(token.to_owned());
        let heard = ear.heard.lock().expect("no panic");
        let password = |key: &str| heard.passwords[&format!("svc-{key}@contoso.com")].clone();
        let kept =
            |name: &str| std::fs::read_to_string(world.folder().join(name)).expect("a delivered password");
        assert_eq!(heard.passwords.len(), 4);
        assert!(heard.tokens.len() >= 3, "tokens for Graph, for Exchange and for the vault");
        assert_eq!(kept("kept/file").trim(), password("file"));
        assert_eq!(kept("kept/command").trim(), password("command"));
        assert!(kept("kept/age").starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
        assert_eq!(heard.vault.len(), 1);
        assert_eq!(heard.vault[0]["value"], password("vault"));
        assert_eq!(heard.vault[0]["tags"], json!({ "anteroom-owner": "svc-vault@contoso.com" }));
        search(&written(&world, outputs), &secrets);
    }
}

/// Places that refuse a password and repeat it while they do: the account is not made, and nobody else hears it.
#[test]
fn no_secret_is_in_what_is_told_of_places_that_fail() {
    for log in ["text", "json"] {
        let runtime = runtime();
        let mut world = World::contoso();
        let ear = Ear::before(&mut world, &runtime);
        ear.heard.lock().expect("no panic").vault_is_rude = true;
        let failing = manifest().replace("echo $p >&2'", "echo no $p >&2; echo locked >&2; exit 7'");
        world.write("m.yaml", &failing);
        let outputs = vec![printed(&world, log, &["apply", "--auto-approve", "m.yaml"], 3)];
        let told = &outputs[0].1;
        assert!(
            told.contains("exit status 7")
                && told.contains("locked")
                && told.contains("its words hold the password"),
            "{told}"
        );
        let taken = std::fs::read_to_string(world.folder().join("kept/command")).expect("what it was handed");
        let mut secrets = ear.secrets();
        secrets.insert(taken.trim().to_owned());
        assert!(secrets.contains(&ear.heard.lock().expect("no panic").passwords["refused"]));
        search(&written(&world, outputs), &secrets);
        let made: Vec<String> = ear.heard.lock().expect("no panic").passwords.keys().cloned().collect();
        assert_eq!(
            made,
            ["refused", "svc-age@contoso.com", "svc-file@contoso.com"],
            "accounts that were made"
        );
    }
}

/// The search finds what it looks for.
#[test]
fn a_secret_is_found_in_every_spelling() {
    let secret = "aB3!dEf7#hIj=kLm@nO+pQ-r";
    for text in [
        secret.to_owned(),
        "x%3DaB3%21dEf7%23hIj%3DkLm%40nO%2BpQ-r".to_owned(),
        base64(format!("{secret}xx").as_bytes()),
        base64(format!("x{secret}x").as_bytes()),
        base64(format!("xx{secret}").as_bytes()),
    ] {
        assert!(forms(secret).iter().any(|form| text.contains(form)), "{text}");
    }
}
