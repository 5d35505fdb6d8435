//! The real binary signs in, in each way that it can.

use std::process::Command;

use anteroom_tests::world::{CLIENT_SECRET, World};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::Value as Json;

const MANIFEST: &str = "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\n\
    serviceAccounts:\n  room-bot: { userPrincipalName: nobody-yet@contoso.com, displayName: Bot, ensure: absent }\n\
    roomLists:\n  london: { name: London Rooms, primarySmtpAddress: london-rooms-1@contoso.com }\n";

/// A client that the seed below lists.
const CLIENT: &str = "22222222-2222-4222-8222-222222222222";

fn world() -> World {
    let world = World::contoso();
    world.write("anteroom.yaml", MANIFEST);
    world
}

/// The same with a tenant that takes one client only.
fn strict() -> World {
    let seed = format!(
        "{}\nclients:\n  - {{ id: {CLIENT}, secret: {CLIENT_SECRET} }}\n",
        anteroom_simulator::DEFAULT_SEED
    );
    let world = World::of_seed(&seed);
    world.write("anteroom.yaml", MANIFEST);
    world.write("seed.yaml", &seed);
    world
}

struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// Runs the binary with nothing but these variables to sign in with.
fn run(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = world.command(arguments);
    for name in ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    ran(&mut command)
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the binary");
    Ran {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[track_caller]
fn reads(ran: &Ran) {
    assert_eq!(ran.status, 0, "{}", ran.all());
    assert!(ran.stdout.contains("1 to create"), "{}", ran.all());
}

/// A token of the simulated tenant for a service, and when it expires.
fn token(world: &World, resource: &str) -> (String, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = format!("{}/contoso.onmicrosoft.com/oauth2/v2.0/token", world.endpoint);
    let scope = format!("{resource}/.default");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", CLIENT_SECRET),
        ("scope", &scope),
    ];
    let answer: Json = runtime
        .block_on(async { reqwest::Client::new().post(url).form(&form).send().await?.json().await })
        .expect("a token");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now").as_secs();
    (answer["access_token"].as_str().expect("a token").to_owned(), now + 3600)
}

/// Both tokens: for Exchange, and for Graph.
fn tokens(world: &World) -> [(String, u64); 2] {
    ["https://outlook.office365.com", "https://graph.microsoft.com"].map(|resource| token(world, resource))
}

#[test]
fn with_a_client_certificate() {
    let world = world();
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
    let certificate = CertificateParams::new(vec!["anteroom".to_owned()])
        .and_then(|parameters| parameters.self_signed(&key))
        .expect("a certificate");
    world.write("client.pem", &format!("{}{}", key.serialize_pem(), certificate.pem()));
    let variables = [("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_CERTIFICATE_PATH", "client.pem")];
    let found = run(&world, &["plan", "-vvv"], &variables);
    reads(&found);
    assert!(found.stderr.contains("signed in credential=\"certificate\""), "{}", found.stderr);
    let body = key.serialize_pem();
    let line = body.lines().nth(1).expect("a line of the key");
    assert!(!found.all().contains(line) && !found.all().contains("client_assertion"));
}

#[test]
fn with_the_token_of_another_issuer() {
    let world = world();
    // {"alg":"RS256"}, and a token of https://issuer.example for api://AzureADTokenExchange, good until the year 2100.
    let head = "eyJhbGciOiJSUzI1NiJ9";
    let claims = "eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjoicmVwbzpjb250b3NvL3Jvb21z\
                  IiwiYXVkIjoiYXBpOi8vQXp1cmVBRFRva2VuRXhjaGFuZ2UiLCJleHAiOjQxMDI0NDQ4MDB9";
    world.write("token", &format!("{head}.{claims}.an-assertion-that-nobody-sees\n"));
    let variables = [("AZURE_CLIENT_ID", CLIENT), ("AZURE_FEDERATED_TOKEN_FILE", "token")];
    let found = run(&world, &["plan", "-vvv"], &variables);
    reads(&found);
    assert!(found.stderr.contains("signed in credential=\"workload-identity\""), "{}", found.stderr);
    assert!(!found.all().contains("an-assertion-that-nobody-sees"));
}

#[test]
fn with_a_managed_identity() {
    let world = world();
    let [exchange, graph] = tokens(&world);
    let (endpoint, asked) = identity_endpoint([exchange.clone(), graph]);
    let variables = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", "a-header-that-nobody-sees"),
        ("AZURE_CLIENT_ID", CLIENT),
    ];
    let found = run(&world, &["plan"], &variables);
    assert_eq!(found.status, 1, "a stand-in gets its tokens only if that is asked for: {}", found.all());
    assert!(asked.lock().expect("nobody panics with it").is_empty(), "{}", found.all());
    let found = run(&world, &["plan", "-vvv", "--credential", "managed-identity"], &variables);
    reads(&found);
    assert!(found.stderr.contains("signed in credential=\"managed-identity\""), "{}", found.stderr);
    assert!(!found.all().contains(&exchange.0) && !found.all().contains("a-header-that-nobody-sees"));
    let asked = asked.lock().expect("nobody panics with it");
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|one| one.contains(&format!("client_id={CLIENT}"))), "{asked:?}");
}

/// What App Service offers: tokens by GET, for whoever knows a header. Tells the address and the requests.
fn identity_endpoint(tokens: [(String, u64); 2]) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = format!("http://{}/msi/token", listener.local_addr().expect("its address"));
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut bytes = Vec::new();
            let mut some = [0u8; 2048];
            while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut some) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => bytes.extend_from_slice(&some[..count]),
                }
            }
            let request = String::from_utf8_lossy(&bytes).into_owned();
            let (token, expires) =
                if request.contains("graph.microsoft.com") { &tokens[1] } else { &tokens[0] };
            log.lock()
                .expect("nobody panics with it")
                .push(request.lines().next().unwrap_or_default().to_owned());
            let known = request.to_lowercase().contains("x-identity-header: a-header-that-nobody-sees");
            let (status, body) = if known {
                let body = serde_json::json!({
                    "access_token": token, "expires_on": expires.to_string(), "resource": "r", "token_type": "Bearer",
                });
                (200, body.to_string())
            } else {
                (401, "{}".to_owned())
            };
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            drop(stream.write_all(format!("{head}{body}").as_bytes()));
        }
    });
    (address, asked)
}

#[cfg(unix)]
#[test]
fn with_the_azure_cli() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    let [(exchange, expires), (graph, _)] = tokens(&world);
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> {folder}/asked\n\
         case \"$*\" in *graph.microsoft.com*) token={graph};; *) token={exchange};; esac\n\
         printf '{{\"accessToken\":\"%s\",\"expires_on\":{expires},\"tokenType\":\"Bearer\"}}' $token\n",
        folder = world.folder().display()
    );
    world.write("bin/az", &script);
    let az = world.folder().join("bin/az");
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:/usr/bin:/bin", world.folder().join("bin").display());
    let found = run(&world, &["plan", "-vvv", "--credential", "azure-cli"], &[("PATH", &path)]);
    reads(&found);
    assert!(!found.all().contains(&exchange) && !found.all().contains(&graph));
    let asked = std::fs::read_to_string(world.folder().join("asked")).expect("the program was run");
    assert_eq!(asked.lines().count(), 2, "once for each service: {asked}");
    assert!(asked.lines().all(|line| line.ends_with("--tenant contoso.onmicrosoft.com")), "{asked}");
    world.write("bin/az", "#!/bin/sh\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n");
    let found = run(&world, &["plan"], &[("PATH", &path), ("ANTEROOM_CREDENTIAL", "azure-cli")]);
    assert_eq!(found.status, 1, "{}", found.all());
    assert!(found.stderr.contains("the Azure CLI gives no token: Please run 'az login'"), "{}", found.all());
}

#[test]
fn with_a_given_token_for_one_service() {
    let world = world();
    let [(exchange, _), _] = tokens(&world);
    let variables = [("ANTEROOM_ACCESS_TOKEN", exchange.as_str())];
    reads(&run(&world, &["plan", "--only", "roomLists"], &variables));
    let found = run(&world, &["plan"], &variables);
    assert_eq!(found.status, 1, "{}", found.all());
    let told = "nobody could be signed in to Microsoft Graph: the given access token is for Exchange, not for Microsoft Graph";
    let flat: String = found.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(told), "{}", found.all());
    assert!(!found.all().contains(&exchange));
}

#[test]
fn a_refused_secret_is_told_once_and_never_shown() {
    let world = strict();
    let wrong = "a-wrong-secret-that-nobody-sees";
    let variables = [("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_SECRET", wrong)];
    for command in [&["plan", "-vvv"][..], &["drift", "-vvv"], &["apply", "-vvv", "--auto-approve"]] {
        let found = run(&world, command, &variables);
        assert_eq!(found.status, 1, "{}", found.all());
        assert_eq!(found.all().matches("error[").count(), 1, "{}", found.all());
        assert!(found.stderr.contains("no-sign-in]: nobody could be signed in"), "{}", found.all());
        assert!(found.stderr.contains("Invalid client secret provided"), "{}", found.all());
        assert_eq!(found.stderr.matches("the secret is its value, not its id").count(), 1, "{}", found.all());
        assert!(!found.all().contains(wrong), "{}", found.all());
    }
    assert_eq!(world.writes(), Vec::<Json>::new());
}

#[test]
fn a_simulated_tenant_with_clients_of_its_own_takes_whoever_runs_it() {
    let world = strict();
    let mut command = Command::new(anteroom_tests::world::binary());
    command.args(["plan", "--simulate=seed.yaml"]).current_dir(world.folder()).env_clear();
    reads(&ran(&mut command));
    let kept = run(&world, &["plan"], &[("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_SECRET", CLIENT_SECRET)]);
    reads(&kept);
}

#[test]
fn a_saved_plan_knows_its_cloud() {
    let world = world();
    world.write("anteroom.yaml", &MANIFEST.replace("tenant:", "cloud: usGov\ntenant:"));
    let saved = world.run(&["plan", "--out", "saved.json"]).exits(0);
    assert!(saved.stderr.contains("Saved to"), "{}", saved.stderr);
    let text = std::fs::read_to_string(world.folder().join("saved.json")).expect("a plan");
    let plan: Json = serde_json::from_str(&text).expect("JSON");
    assert_eq!(plan["cloud"], "usGov");
    // Without an endpoint of its own it goes to that cloud, and to no other one.
    let mut command = Command::new(anteroom_tests::world::binary());
    command
        .args(["apply", "saved.json", "--auto-approve", "--retries", "1", "-vvv"])
        .current_dir(world.folder())
        .env_clear()
        .env("ANTEROOM_ACCESS_TOKEN", "not-a-token")
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    let found = ran(&mut command);
    assert_eq!(found.status, 1, "{}", found.all());
    assert!(found.stderr.contains("https://outlook.office365.us/adminapi/"), "{}", found.all());
    assert!(!found.stderr.contains("office365.com"), "{}", found.all());
    let _ = world.run(&["apply", "saved.json", "--auto-approve"]).exits(0);
}
