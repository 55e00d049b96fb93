//! The paths that run once per host, per row or per key, without any network: `cargo bench --bench hot`.
//!
//! Hosts are those of the recordings with fifty containers each, read and judged by the program's own code.

#![allow(
    clippy::expect_used,
    reason = "a benchmark stops at the first surprise"
)]

mod dashboard;
mod fleet;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use plimsoll::assess::HostInput;
use plimsoll::domain::policy::Policy;

/// Hosts judged per measured round.
const HOSTS: usize = 1000;
/// Containers on each.
const CONTAINERS: usize = 50;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .configure_from_args();
    judging(&mut criterion);
    dashboard::measure(&mut criterion);
    criterion.final_summary();
}

fn judging(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("judge");
    let reading = fleet::Reading::new(CONTAINERS);
    let reports = reading.reports();
    let policy = Policy::default();
    group.bench_function("read one host of 50 containers, no network", |b| {
        b.iter(|| black_box(reading.reports_of(1)));
    });
    group.bench_function("1000 hosts of 50 containers", |b| {
        b.iter(|| {
            let mut facts = Vec::with_capacity(HOSTS);
            let mut rows = 0;
            for report in reports.iter().cycle().take(HOSTS) {
                let Some(evidence) = &report.evidence else {
                    continue;
                };
                let results = reading.sweep.assessor.host(&HostInput {
                    header: &report.header,
                    evidence,
                    policy: &policy,
                    insecure_endpoint: false,
                    past: None,
                    attestations: &[],
                    now: report.read_at,
                });
                rows += results.len();
                facts.push(
                    reading
                        .sweep
                        .assessor
                        .facts(&report.header, evidence, &results),
                );
            }
            black_box((rows, facts))
        });
    });
    group.bench_function("controls that compare 1000 hosts", |b| {
        let facts: Vec<_> = reading.facts().into_iter().cycle().take(HOSTS).collect();
        b.iter_batched(
            || (),
            |()| black_box(reading.sweep.assessor.fleet(&facts, reading.now)),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}
