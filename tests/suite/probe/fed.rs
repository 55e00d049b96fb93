//! Feeds shells what no program of ours would send.

use std::process::{Command, Stdio};

use plimsoll::probe::SCRIPT;

use super::talk::{next, reader, write};

/// Gives the script a request that no program of ours would send; tells everything that it wrote.
pub(crate) fn raw(command: &mut Command, request: &[u8]) -> Vec<u8> {
    fed(command, SCRIPT.as_bytes(), Some(request))
}

/// Gives a shell a part of the script and ends its input; tells everything that it wrote.
pub(crate) fn broken_off(command: &mut Command, part: &[u8]) -> Vec<u8> {
    fed(command, part, None)
}

fn fed(command: &mut Command, first: &[u8], mut request: Option<&[u8]>) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut input = child.stdin.take();
    let output = reader(child.stdout.take().unwrap());
    write(&mut input, first);
    if request.is_none() {
        input = None;
    }
    let mut told = Vec::new();
    while let Some(bytes) = next(&mut child, &output) {
        told.extend_from_slice(&bytes);
        if told.ends_with(b"\x1eend 1\n")
            && let Some(request) = request.take()
        {
            write(&mut input, request);
            input = None;
        }
    }
    child.wait().unwrap();
    told
}
