//! The simulator as a program: its command line, and the questions that it answers on its standard input while it
//! runs, so that whoever started it can read its counters.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::counters::Counters;
use crate::faults::Rule;
use crate::world::Size;
use crate::{Latency, Options, Quotas, Server, World};

/// Which organization is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Twelve accounts, good and bad.
    Demo,
    /// One account in which every control passes.
    Compliant,
    /// One account in which every control fails.
    Broken,
    /// As many accounts, Regions and resources as the other options say.
    Generated,
}

/// The command line.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// The organization.
    #[arg(value_enum, default_value = "demo")]
    pub kind: Kind,
    /// Port on 127.0.0.1; a free one by default.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Further addresses of the loopback network, from 127.0.0.2 on, with the same port.
    #[arg(long, default_value_t = 0)]
    pub more_addresses: u8,
    /// Accounts of a generated organization.
    #[arg(long, default_value_t = 10)]
    pub accounts: usize,
    /// Regions of a generated organization.
    #[arg(long, default_value_t = 2)]
    pub regions: usize,
    /// Resources of each type in each account and Region of a generated organization.
    #[arg(long, default_value_t = 3)]
    pub resources: usize,
    /// How many resources of a type instead, as `AWS::S3::Bucket=5000`. May be given several times.
    #[arg(long = "count", value_name = "TYPE=COUNT", value_parser = count)]
    pub counts: Vec<(String, usize)>,
    /// Seed of the world, of latencies and of chance.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Milliseconds that an answer takes: the mean, or `MEAN,SPREAD`.
    #[arg(long, value_parser = latency, default_value = "0")]
    pub latency: Latency,
    /// Hold AWS's request quotas.
    #[arg(long)]
    pub quotas: bool,
    /// Largest page of every listing.
    #[arg(long)]
    pub page_size: Option<usize>,
    /// Seconds that the sessions of assumed roles live at most.
    #[arg(long)]
    pub session_lifetime: Option<u64>,
    /// What goes wrong, and where: `hang,region=eu-west-1`, `500,share=0.02`, `throttle=20,service=s3,account=…`. May
    /// be given several times; the first that matches a call counts.
    #[arg(long = "fault", value_name = "FAULT[,KEY=VALUE…]")]
    pub faults: Vec<Rule>,
    /// Write equal answers once.
    #[arg(long)]
    pub repeat: bool,
}

fn latency(text: &str) -> Result<Latency, String> {
    let (mean, spread) = text.split_once(',').unwrap_or((text, "0"));
    let milliseconds = |text: &str| {
        let number = text.trim().parse().map_err(|_| format!("`{text}` is not a number of milliseconds"))?;
        Ok::<_, String>(Duration::from_millis(number))
    };
    Ok(Latency { mean: milliseconds(mean)?, spread: milliseconds(spread)? })
}

fn count(text: &str) -> Result<(String, usize), String> {
    let (name, count) = text.split_once('=').ok_or_else(|| format!("`{text}` is not TYPE=COUNT"))?;
    Ok((name.to_owned(), count.parse().map_err(|_| format!("`{count}` is not a number"))?))
}

impl Arguments {
    fn world(&self) -> World {
        let size = Size { accounts: self.accounts, regions: self.regions, resources: self.resources };
        match self.kind {
            Kind::Demo => World::demo(),
            Kind::Compliant => World::compliant(),
            Kind::Broken => World::broken(),
            Kind::Generated => World::generated(self.seed, size),
        }
        .with_counts(self.counts.iter().cloned().collect())
    }

    fn options(&self) -> Options {
        Options {
            port: self.port,
            more_addresses: self.more_addresses,
            page_size: self.page_size,
            latency: self.latency,
            quotas: if self.quotas { Quotas::Held } else { Quotas::Ignored },
            session_lifetime: self.session_lifetime.map(Duration::from_secs),
            rules: self.faults.clone(),
            seed: self.seed,
            keeps_calls: false,
            repeats_answers: self.repeat,
        }
    }
}

/// Serves until the standard input ends, if it is a pipe, or Ctrl-C. The first line that it prints is what an AWS client
/// needs; each line that it reads is answered with the counters, as one line of JSON: those of one account when the
/// line is an account's id.
///
/// # Errors
/// When the port cannot be bound, or standard input and output fail.
pub async fn run(arguments: &Arguments) -> std::io::Result<()> {
    let server = Server::start(arguments.world(), arguments.options()).await?;
    let key = server.caller();
    print(format_args!(
        "AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}",
        server.endpoint(),
        key.id,
        key.secret
    ))?;
    let (questions, mut asked) = mpsc::channel(1);
    // A thread of its own, which nobody waits for: reading the standard input cannot be cancelled.
    std::thread::spawn(move || {
        for question in std::io::stdin().lines() {
            if questions.blocking_send(question).is_err() {
                return;
            }
        }
    });
    loop {
        tokio::select! {
            stopped = tokio::signal::ctrl_c() => return stopped,
            question = asked.recv() => match question.transpose()? {
                Some(question) => print(format_args!("{}", Counts::answer(&server, question.trim())?))?,
                None => return Ok(()),
            },
        }
    }
}

fn print(line: std::fmt::Arguments<'_>) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// The counters in short, as the program prints them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Counts {
    /// Requests.
    pub requests: u64,
    /// Of these, throttled because a quota was used up.
    pub throttled: u64,
    /// Of these, hit by a fault.
    pub failed: u64,
    /// Connections that were open at once, at most.
    pub most_connections: usize,
    /// Connections that were made.
    pub accepted_connections: u64,
    /// By service: the requests to the account and Region that had the most.
    pub busiest: BTreeMap<String, u64>,
    /// Requests by service and operation, of all accounts.
    pub operations: BTreeMap<String, BTreeMap<String, u64>>,
    /// When the first request came, in milliseconds from the start.
    pub first: u32,
    /// When the first request came that was not about the organization, an account's Regions or a role.
    pub scanning: u32,
    /// When the last request came.
    pub last: u32,
    /// When the first and the last request came to each Region and service (`eu-west-1 lambda`).
    pub spans: BTreeMap<String, (u32, u32)>,
}

/// Services that are asked before there is a job.
const BEFORE_JOBS: [&str; 3] = ["account", "organizations", "sts"];

impl Counts {
    fn answer(server: &Server, question: &str) -> std::io::Result<String> {
        let is_account = !question.is_empty() && question.bytes().all(|byte| byte.is_ascii_digit());
        let mut counts = Self::of(server.counters(), |account| !is_account || account == question);
        counts.operations = server.journal().counts();
        Ok(serde_json::to_string(&counts)?)
    }

    fn of(counters: &Counters, is_wanted: impl Fn(&str) -> bool) -> Self {
        let mut counts = Self { first: u32::MAX, scanning: u32::MAX, ..Self::default() };
        for ((account, region, service), count) in counters.all() {
            if !is_wanted(&account) {
                continue;
            }
            counts.first = counts.first.min(count.first);
            counts.last = counts.last.max(count.last);
            if !BEFORE_JOBS.contains(&service.as_str()) {
                counts.scanning = counts.scanning.min(count.first);
            }
            counts.requests += u64::from(count.requests);
            counts.throttled += u64::from(count.throttled);
            counts.failed += u64::from(count.failed);
            let span = counts.spans.entry(format!("{region} {service}")).or_insert((count.first, count.last));
            *span = (count.first.min(span.0), count.last.max(span.1));
            let most = counts.busiest.entry(service).or_default();
            *most = u64::from(count.requests).max(*most);
        }
        let connections = counters.connections();
        Self { most_connections: connections.most, accepted_connections: connections.accepted, ..counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_a_mean_and_a_spread() {
        let of = |mean, spread| Latency { mean: Duration::from_millis(mean), spread: Duration::from_millis(spread) };
        assert_eq!(latency("80,30"), Ok(of(80, 30)));
        assert_eq!(latency("5"), Ok(of(5, 0)));
        assert_eq!(latency("soon"), Err("`soon` is not a number of milliseconds".to_owned()));
    }
}
