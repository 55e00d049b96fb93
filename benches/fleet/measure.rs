//! Runs the program on a simulated fleet and reads what it cost from the kernel's own books.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Failure;
use super::simulator::Fleet;

/// How often memory and descriptors of the running program are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Kernel clock ticks per second (`getconf CLK_TCK`; 100 on every Linux).
const TICKS: f64 = 100.0;

/// What one sweep cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// From start to end, seconds.
    pub(crate) wall: f64,
    /// Processor seconds of the program.
    pub(crate) client: f64,
    /// Processor seconds of the simulator meanwhile.
    pub(crate) simulator: f64,
    /// Most memory held by the program, bytes.
    pub(crate) memory: u64,
    /// Most descriptors seen open in the program.
    pub(crate) descriptors: usize,
    /// Hosts that were read whole.
    pub(crate) assessed: usize,
}

/// Sweeps `fleet` once with `jobs` hosts at a time.
pub(crate) fn sweep(fleet: Fleet, jobs: usize) -> Result<(Cost, String), Failure> {
    let folder = tempfile::tempdir()?;
    let mut simulator = simulator(fleet, folder.path())?;
    let mut said = BufReader::new(simulator.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    said.read_line(&mut line)?;
    if line.trim() != "ready" {
        return Err("the simulator did not start".into());
    }
    let before = own_children()?;
    let simulated = processor(&format!("/proc/{}/stat", simulator.id()), 13)?;
    let started = Instant::now();
    let mut program = program(folder.path(), jobs)?;
    let (memory, descriptors) = watch(&mut program)?;
    let wall = started.elapsed().as_secs_f64();
    let client = own_children()? - before;
    let spent = processor(&format!("/proc/{}/stat", simulator.id()), 13)? - simulated;
    let told = fs::read_to_string(folder.path().join("out.ndjson"))?;
    let assessed = told.matches("\"state\":\"assessed\"").count();
    // The end of its input is the simulator's sign to tell what it was asked.
    drop(simulator.stdin.take());
    let mut tally = String::new();
    said.read_to_string(&mut tally)?;
    simulator.wait()?;
    let cost = Cost {
        wall,
        client,
        simulator: spent,
        memory,
        descriptors,
        assessed,
    };
    Ok((cost, tally.trim().to_owned()))
}

fn simulator(fleet: Fleet, folder: &Path) -> Result<Child, Failure> {
    Ok(Command::new(std::env::current_exe()?)
        .arg("serve")
        .arg(fleet.hosts.to_string())
        .arg(fleet.containers.to_string())
        .arg(fleet.round_trip.as_millis().to_string())
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?)
}

fn program(folder: &Path, jobs: usize) -> Result<Child, Failure> {
    let jobs = jobs.to_string();
    Ok(Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .env("LANG", "C.UTF-8")
        .current_dir(folder)
        .args([
            "sweep",
            "--inventory",
            "inventory.toml",
            "--fail-on",
            "none",
        ])
        .args([
            "--jobs",
            &jobs,
            "--timeout",
            "300s",
            "--format",
            "ndjson=out.ndjson",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?)
}

/// Waits for `program`; the most memory and descriptors that were seen.
fn watch(program: &mut Child) -> Result<(u64, usize), Failure> {
    let (mut memory, mut descriptors) = (0, 0);
    let books = format!("/proc/{}", program.id());
    while program.try_wait()?.is_none() {
        // The process may end between two looks; then the last look counts.
        let status = fs::read_to_string(format!("{books}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
        memory = memory.max(kib.unwrap_or_default() * 1024);
        if let Ok(open) = fs::read_dir(format!("{books}/fd")) {
            descriptors = descriptors.max(open.count());
        }
        sleep(LOOK);
    }
    Ok((memory, descriptors))
}

/// Processor seconds of all children of this process that were waited for.
fn own_children() -> Result<f64, Failure> {
    processor("/proc/self/stat", 15)
}

/// User and system time, which start at field `first` (proc(5), counted from 0), in seconds.
fn processor(path: &str, first: usize) -> Result<f64, Failure> {
    let line = fs::read_to_string(path)?;
    // The name of the program stands in brackets and may hold blanks.
    let (_, rest) = line.rsplit_once(')').ok_or("not a line of /proc")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |field: usize| -> Result<f64, Failure> {
        Ok(fields.get(field - 2).ok_or("a field is missing")?.parse()?)
    };
    Ok((ticks(first)? + ticks(first + 1)?) / TICKS)
}
