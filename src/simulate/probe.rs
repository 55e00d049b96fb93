//! The probe's twin: takes the script and the request as a host's shell would, and answers what one answered.

use super::recording::ProbeRecording;
use crate::probe::SCRIPT;

/// The line that ends the request of round two.
const GO: &[u8] = b"go\n";

/// One run of the probe on a simulated host.
#[derive(Debug)]
pub struct Twin<'a> {
    recorded: &'a ProbeRecording,
    heard: Vec<u8>,
    began: bool,
}

impl<'a> Twin<'a> {
    /// A run that answers as `recorded`.
    pub fn new(recorded: &'a ProbeRecording) -> Self {
        Self {
            recorded,
            heard: Vec::new(),
            began: false,
        }
    }

    /// Takes `bytes` of standard input; gives what the script writes now, and whether it has ended.
    pub fn feed(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        self.heard.extend_from_slice(bytes);
        if !self.began {
            // A script that has not arrived whole does nothing.
            if !self.heard.ends_with(SCRIPT.as_bytes()) {
                return (Vec::new(), false);
            }
            self.began = true;
            self.heard.clear();
            return (joined(&self.recorded.round_one), false);
        }
        if self.heard.ends_with(GO) {
            return (joined(&self.recorded.round_two), true);
        }
        (Vec::new(), false)
    }
}

fn joined(lines: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes
}
