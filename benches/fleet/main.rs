//! Sweeps of simulated fleets over real TCP and real SSH, with an injected round trip.
//!
//!     cargo bench --bench fleet                     every fleet of the table
//!     cargo bench --bench fleet -- 100 20 100       100 hosts, 20 containers each, 100 ms
//!
//! The simulator is this program in a process of its own. Printed beside each time is the bound that the round trips
//! and the processors set; docs/performance.md says how to read it.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints its table and reads clocks"
)]

mod delay;
mod host;
mod measure;
mod simulator;

use std::path::Path;
use std::time::Duration;

use simulator::Fleet;

/// Anything that stops a measurement.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Dependent round trips of a sweep of one host over SSH, handshakes included.
const TRIPS: f64 = 9.0;
/// Times each fleet is swept; the median is shown.
const RUNS: usize = 3;

/// Hosts, containers on each, round trip in milliseconds, hosts at a time.
const FLEETS: [(usize, usize, u64, usize); 6] = [
    (1, 50, 0, 1),
    (1, 50, 100, 1),
    (100, 20, 0, 256),
    (100, 20, 100, 256),
    (1000, 20, 0, 256),
    (1000, 20, 100, 256),
];

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", hosts, containers, delay, folder] => {
            simulator::serve(fleet(hosts, containers, delay)?, Path::new(folder))
        }
        [hosts, containers, delay] => {
            heading();
            row(fleet(hosts, containers, delay)?, 256)
        }
        _ => {
            heading();
            for (hosts, containers, delay, jobs) in FLEETS {
                let round_trip = Duration::from_millis(delay);
                row(
                    Fleet {
                        hosts,
                        containers,
                        round_trip,
                    },
                    jobs,
                )?;
            }
            Ok(())
        }
    }
}

fn fleet(hosts: &str, containers: &str, delay: &str) -> Result<Fleet, Failure> {
    Ok(Fleet {
        hosts: hosts.parse()?,
        containers: containers.parse()?,
        round_trip: Duration::from_millis(delay.parse()?),
    })
}

fn heading() {
    println!(
        "{:>6} {:>5} {:>6} {:>5} {:>9} {:>9} {:>6} {:>8} {:>8} {:>9} {:>5} {:>6}  asked",
        "hosts",
        "ctrs",
        "rtt",
        "jobs",
        "wall",
        "bound",
        "ratio",
        "c/host",
        "s/host",
        "memory",
        "fds",
        "whole"
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of hosts and bytes are far below 2^52"
)]
fn row(fleet: Fleet, jobs: usize) -> Result<(), Failure> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(measure::sweep(fleet, jobs)?);
    }
    runs.sort_by(|(a, _), (b, _)| a.wall.total_cmp(&b.wall));
    let (cost, asked) = runs.get(RUNS / 2).ok_or("no run")?;
    let hosts = fleet.hosts as f64;
    let processors = std::thread::available_parallelism()?.get() as f64;
    let trips = TRIPS * fleet.round_trip.as_secs_f64();
    let work = (cost.client + cost.simulator) / processors;
    // Where fewer run at a time than there are hosts, the rounds of trips add up.
    let rounds = (hosts / jobs as f64).ceil();
    let bound = (trips * rounds).max(work);
    println!(
        "{:>6} {:>5} {:>4}ms {:>5} {:>8.3}s {:>8.3}s {:>6.2} {:>6.2}ms {:>6.2}ms {:>6.1}MiB {:>5} {:>6}  {asked}",
        fleet.hosts,
        fleet.containers,
        fleet.round_trip.as_millis(),
        jobs,
        cost.wall,
        bound,
        cost.wall / bound,
        cost.client / hosts * 1e3,
        cost.simulator / hosts * 1e3,
        cost.memory as f64 / 1024.0 / 1024.0,
        cost.descriptors,
        cost.assessed,
    );
    Ok(())
}
