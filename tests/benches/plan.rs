//! A no-op plan of one room list, as a whole process, beside a bare floor that does no more than it must: parse the
//! YAML, fetch the members page by page, compare. Both run in turn against the same server, so the ratio holds when the
//! machine's speed does not. Last, a tenant of 10,000 rooms in 150 lists: how many requests its plan makes.
//!
//! `cargo build --release && cargo bench -p anteroom-tests --bench plan [-- --most 10000 --pairs 7]`

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anteroom_tests::world::binary;
use anyhow::Context as _;
use serde::Deserialize;
use wait4::Wait4 as _;

const TENANT: &str = "large.onmicrosoft.com";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [word, manifest, endpoint] = arguments.as_slice()
        && word == "floor"
    {
        return floor(Path::new(manifest), endpoint);
    }
    let number = |name: &str, default: usize| -> usize {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    let (most, pairs) = (number("--most", 100_000), number("--pairs", 7));
    println!(
        "no-op plan of one room list over loopback HTTP, whole process, median of {pairs} pairs (anteroom / floor)"
    );
    println!("{:>8} | {:^25} | {:^25} | ratio", "members", "wall ms, cpu ms, MiB", "floor");
    for members in [100, 1_000, 10_000, 100_000].into_iter().filter(|members| *members <= most) {
        let world = Served::start(members, 1)?;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for round in 0..=pairs {
            let run = (measure(&mut world.plan("text"))?, measure(&mut world.floor()?)?);
            // The first pair warms caches and is not counted.
            if round > 0 {
                ours.push(run.0);
                bare.push(run.1);
            }
        }
        let mut ratios: Vec<f64> =
            ours.iter().zip(&bare).map(|(a, b)| a.wall.as_secs_f64() / b.wall.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        println!("{members:>8} | {} | {} | {:.2}", median(&ours), median(&bare), ratios[ratios.len() / 2]);
    }
    let world = Served::start(10_000, 150)?;
    let output = world.plan("json").output()?;
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let wall = measure(&mut world.plan("text"))?.wall.as_millis();
    println!(
        "10,000 rooms in 150 room lists: {} requests, {} objects, {wall} ms, {} of 150 lists as declared",
        plan["observation"]["requests"],
        plan["observation"]["objects"],
        plan["summary"]["noop"].as_u64().unwrap_or_default()
            + plan["summary"]["adopt"].as_u64().unwrap_or_default(),
    );
    Ok(())
}

/// A simulated tenant in a process of its own, and the manifest that says what it has.
struct Served {
    server: Child,
    endpoint: String,
    folder: tempfile::TempDir,
}

impl Served {
    fn start(rooms: usize, lists: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let seed = folder.path().join("seed.yaml");
        std::fs::write(
            &seed,
            format!(
                "tenant: {{ name: Large, domain: contoso.com, initialDomain: {TENANT} }}\ngenerate: {{ rooms: {rooms}, lists: {lists} }}\n"
            ),
        )?;
        let manifest = folder.path().join("anteroom.yaml");
        std::fs::write(&manifest, manifest_text(rooms, lists))?;
        let mut server = Command::new(binary())
            .args(["simulate", &seed.to_string_lossy(), "--listen", "127.0.0.1:0"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(server.stdout.take().context("no output")?).lines();
        let endpoint = loop {
            let line = lines.next().context("the server said no address")??;
            if let Some(start) = line.find("http://") {
                break line[start..].split_whitespace().next().unwrap_or_default().to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { server, endpoint, folder })
    }

    fn manifest(&self) -> PathBuf {
        self.folder.path().join("anteroom.yaml")
    }

    fn plan(&self, format: &str) -> Command {
        let mut command = Command::new(binary());
        command
            .args(["plan", "--detailed-exitcode", "--format", format, "--endpoint", &self.endpoint])
            .arg(self.manifest());
        self.settle(command)
    }

    fn floor(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("floor").arg(self.manifest()).arg(&self.endpoint);
        Ok(self.settle(command))
    }

    fn settle(&self, mut command: Command) -> Command {
        command
            .current_dir(self.folder.path())
            .env("AZURE_TENANT_ID", TENANT)
            .env("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111")
            .env("AZURE_CLIENT_SECRET", "benchmark")
            .stderr(Stdio::null());
        command
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The server has nothing to lose; a second kill of a dead process is no fault.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn manifest_text(rooms: usize, lists: usize) -> String {
    use std::fmt::Write as _;
    let mut text = format!("version: 1\ntarget: exchangeOnline\ntenant: {TENANT}\nroomLists:\n");
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); lists];
    for room in 0..rooms {
        members[room * lists / rooms].push(room + 1);
    }
    for (list, members) in members.iter().enumerate() {
        let number = list + 1;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "  list-{number:03}:\n    name: List {number:03}\n    primarySmtpAddress: list-{number:03}@contoso.com\n    members:\n"
        );
        for room in members {
            let _ = writeln!(text, "      - room-{room:05}@contoso.com");
        }
    }
    text
}

#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    peak: u64,
}

fn measure(command: &mut Command) -> anyhow::Result<Cost> {
    let begun = Instant::now();
    let child = command.stdout(Stdio::null()).spawn()?;
    let used = child.wait4()?;
    if !used.status.success() {
        anyhow::bail!("{command:?} ended with {}", used.status);
    }
    Ok(Cost { wall: begun.elapsed(), cpu: used.rusage.utime + used.rusage.stime, peak: used.rusage.maxrss })
}

fn median(costs: &[Cost]) -> String {
    let middle = |mut all: Vec<u64>| {
        all.sort_unstable();
        all[all.len() / 2]
    };
    let millis = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let wall = middle(costs.iter().map(|cost| millis(cost.wall)).collect());
    let cpu = middle(costs.iter().map(|cost| millis(cost.cpu)).collect());
    let peak = middle(costs.iter().map(|cost| cost.peak).collect());
    #[allow(clippy::cast_precision_loss, reason = "figures for a person")]
    let text =
        format!("{:>8.1} {:>8.1} {:>7.1}", wall as f64 / 1e3, cpu as f64 / 1e3, peak as f64 / 1_048_576.0);
    text
}

/// The least that a no-op plan can do.
fn floor(manifest: &Path, endpoint: &str) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Manifest {
        room_lists: std::collections::BTreeMap<String, List>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct List {
        primary_smtp_address: serde_yaml::Spanned<String>,
        members: Vec<serde_yaml::Spanned<String>>,
    }
    #[derive(Deserialize)]
    struct Token {
        access_token: String,
    }
    #[derive(Deserialize)]
    struct Page {
        value: Vec<Row>,
        #[serde(rename = "@odata.nextLink")]
        next: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Row {
        primary_smtp_address: String,
    }
    let options = serde_yaml::options! { budget: serde_yaml::budget! { max_nodes: 10_000_000, max_total_scalar_bytes: 1 << 30, max_events: 40_000_000 } };
    let wanted: Manifest = serde_yaml::from_str_with_options(&std::fs::read_to_string(manifest)?, options)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = reqwest::Client::builder().tls_certs_only([]).build()?;
        let token: Token = client
            .post(format!("{endpoint}/{TENANT}/oauth2/v2.0/token"))
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", "11111111-1111-4111-8111-111111111111"),
                ("client_secret", "benchmark"),
                ("scope", "https://outlook.office365.com/.default"),
            ])
            .send()
            .await?
            .json()
            .await?;
        for list in wanted.room_lists.values() {
            let body = serde_json::json!({ "CmdletInput": { "CmdletName": "Get-DistributionGroupMember",
                "Parameters": { "Identity": list.primary_smtp_address.value, "ResultSize": "Unlimited" } } });
            let mut next =
                Some(format!("{endpoint}/adminapi/beta/{TENANT}/InvokeCommand?$select=PrimarySmtpAddress"));
            let mut found: HashSet<String> = HashSet::new();
            while let Some(url) = next {
                let bytes = client
                    .post(url)
                    .bearer_auth(&token.access_token)
                    .header("Prefer", "odata.maxpagesize=1000")
                    .json(&body)
                    .send()
                    .await?
                    .error_for_status()?
                    .bytes()
                    .await?;
                let page: Page = serde_json::from_slice(&bytes)?;
                found.extend(page.value.into_iter().map(|row| row.primary_smtp_address.to_lowercase()));
                next = page.next;
            }
            let same = found.len() == list.members.len()
                && list.members.iter().all(|member| found.contains(&member.value.to_lowercase()));
            println!("{}", if same { "no-op" } else { "update" });
        }
        Ok(())
    })
}
