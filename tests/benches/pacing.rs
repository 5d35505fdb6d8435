//! Five thousand writes to a service that takes so many requests a second and no more: how much of that an apply uses, and
//! how often it is told to slow down. The whole program against a simulated tenant in a process of its own, so that the
//! figures hold on any machine that can send as fast as the limit.
//!
//! Room lists usually change by one call for up to 5,000 members (`Update-DistributionGroupMember`), which would pace
//! nothing. A list that has more members than that gets new ones by a call each, so the case is one list of 5,001 rooms
//! that gets another 5,000: one `Add-DistributionGroupMember` each, ten in an HTTP request at most, each counted by the
//! service for itself.
//!
//! `cargo build --release && cargo bench -p anteroom-tests --bench pacing [-- --rate 200 --burst 200 --writes 5000]`

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anteroom_tests::world::binary;
use anyhow::Context as _;
use serde_json::{Value, json};

const TENANT: &str = "large.onmicrosoft.com";
/// More than go in one call.
const THERE: usize = 5001;
/// What a service does in its first seconds is how it becomes known.
const FIRST_SECONDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |name: &str, default: usize| -> usize {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    let (rate, writes) = (number("--rate", 200), number("--writes", 5000));
    let burst = number("--burst", rate);
    println!(
        "{writes} members added one by one, limit {rate} requests a second, {burst} at once (a batch counts its parts)"
    );
    println!(
        "limit told in headers | apply, s | of the limit, all | after {FIRST_SECONDS} s | 429 in the first {FIRST_SECONDS} s | after"
    );
    for headers in [false, true] {
        let world = Served::start(THERE + writes)?;
        world.keep_members(THERE)?;
        let limit = json!({ "rateLimit": { "perSecond": rate, "burst": burst, "headers": headers } });
        world.put("faults", &limit)?;
        world.forget_counters()?;
        let begun = Instant::now();
        world.apply()?;
        let seconds = begun.elapsed().as_secs_f64();
        let figures = Figures::of(&world.get("counters")?["seconds"]["exchange"], rate)?;
        println!(
            "{:>21} | {seconds:>8.1} | {:>17.3} | {:>9.3} | {:>24} | {:>5}",
            if headers { "yes" } else { "no" },
            figures.all,
            figures.later,
            figures.early_refusals,
            figures.late_refusals
        );
    }
    Ok(())
}

/// How a limit was used while there was enough to send.
struct Figures {
    all: f64,
    later: f64,
    early_refusals: u64,
    late_refusals: u64,
}

impl Figures {
    /// From what the service counted second by second. The writes begin where most of the limit is used first, and end
    /// where it is used last.
    fn of(counted: &Value, rate: usize) -> anyhow::Result<Self> {
        let numbers = |name: &str| -> anyhow::Result<Vec<u64>> {
            serde_json::from_value(counted[name].clone()).context("counters without seconds")
        };
        let (answered, refused) = (numbers("answered")?, numbers("throttled")?);
        let busy = |count: &u64| *count * 2 >= rate as u64;
        let begin = answered.iter().position(busy).context("the limit was never used")?;
        let end = answered.iter().rposition(busy).unwrap_or(begin);
        let first = (begin + FIRST_SECONDS).min(end);
        // The last second is not a whole one.
        let share = |from: usize| {
            let seconds = end.saturating_sub(from).max(1);
            let count: u64 = answered.iter().skip(from).take(seconds).sum();
            #[allow(clippy::cast_precision_loss, reason = "figures for a person")]
            let share = count as f64 / (seconds * rate) as f64;
            share
        };
        Ok(Self {
            all: share(begin),
            later: share(first),
            early_refusals: refused.iter().take(first).sum(),
            late_refusals: refused.iter().skip(first).sum(),
        })
    }
}

/// A simulated tenant in a process of its own, and a manifest that wants all its rooms in one list.
struct Served {
    server: Child,
    endpoint: String,
    folder: tempfile::TempDir,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

fn room(number: usize) -> String {
    format!("room-{number:05}@contoso.com")
}

impl Served {
    fn start(rooms: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let seed = folder.path().join("seed.yaml");
        let names = format!("name: Large, domain: contoso.com, initialDomain: {TENANT}");
        std::fs::write(&seed, format!("tenant: {{ {names} }}\ngenerate: {{ rooms: {rooms}, lists: 1 }}\n"))?;
        let members: Vec<String> = (1..=rooms).map(|number| format!("      - {}\n", room(number))).collect();
        let members = members.concat();
        std::fs::write(
            folder.path().join("anteroom.yaml"),
            format!(
                "version: 1\ntarget: exchangeOnline\ntenant: {TENANT}\nroomLists:\n  all:\n    name: List 001\n    primarySmtpAddress: list-001@contoso.com\n    members:\n{members}"
            ),
        )?;
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
        let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { server, endpoint, folder, client, runtime })
    }

    fn url(&self, what: &str) -> String {
        format!("{}/_simulator/{what}", self.endpoint)
    }

    fn get(&self, what: &str) -> anyhow::Result<Value> {
        let sent = async { self.client.get(self.url(what)).send().await?.error_for_status()?.json().await };
        Ok(self.runtime.block_on(sent)?)
    }

    fn put(&self, what: &str, body: &Value) -> anyhow::Result<()> {
        let sent = async { self.client.put(self.url(what)).json(body).send().await?.error_for_status() };
        self.runtime.block_on(sent)?;
        Ok(())
    }

    fn forget_counters(&self) -> anyhow::Result<()> {
        let sent = async { self.client.delete(self.url("counters")).send().await?.error_for_status() };
        self.runtime.block_on(sent)?;
        Ok(())
    }

    /// Leaves the first rooms in the list, by hand.
    fn keep_members(&self, count: usize) -> anyhow::Result<()> {
        let members: Vec<String> = (1..=count).map(room).collect();
        let parameters = json!({ "Identity": "list-001@contoso.com", "Members": members, "Confirm": false,
            "BypassSecurityGroupManagerCheck": true });
        let body = json!({ "cmdlet": "Update-DistributionGroupMember", "parameters": parameters });
        let sent =
            async { self.client.post(self.url("invoke")).json(&body).send().await?.error_for_status() };
        self.runtime.block_on(sent)?;
        Ok(())
    }

    fn apply(&self) -> anyhow::Result<()> {
        let output = Command::new(binary())
            .args(["apply", "--auto-approve", "--endpoint", &self.endpoint, "anteroom.yaml"])
            .current_dir(self.folder.path())
            .env("AZURE_TENANT_ID", TENANT)
            .env("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111")
            .env("AZURE_CLIENT_SECRET", "benchmark")
            .output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The server has nothing to lose; a second kill of a dead process is no fault.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
