//! Runs the real script in a real process and leads the conversation with it.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use plimsoll::domain::evidence::host::HostFacts;
use plimsoll::domain::gap::Gap;
use plimsoll::probe::{Conversation, Leads, Needs, Step};
use plimsoll::redact::Redactor;

/// Longest silence of a script before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came of a conversation.
#[derive(Debug)]
pub(crate) struct Told {
    /// The facts, or why there are none.
    pub(crate) facts: Result<HostFacts, Gap>,
    /// Everything that the script wrote.
    pub(crate) output: Vec<u8>,
    /// What was sent between the rounds.
    pub(crate) request: Vec<u8>,
    /// What it wrote to its standard error.
    pub(crate) complaints: String,
}

impl Told {
    /// The facts.
    pub(crate) fn facts(&self) -> &HostFacts {
        match &self.facts {
            Ok(facts) => facts,
            Err(gap) => panic!(
                "{gap:?}\n{}\n{}",
                self.complaints,
                String::from_utf8_lossy(&self.output)
            ),
        }
    }
}

/// The key of every test.
pub(crate) fn redactor() -> Redactor {
    Redactor::new([7; 32])
}

/// Starts `command` as a shell that reads the script from its input, and talks with it to the end.
pub(crate) fn talk(command: &mut Command, needs: Needs) -> Told {
    let nothing = Leads::default();
    talk_with(command, needs, &nothing, Conversation::initial_input)
}

/// As [`talk`], with what an engine named between the rounds, and other first input than the script alone.
pub(crate) fn talk_with(
    command: &mut Command,
    needs: Needs,
    leads: &Leads,
    first: impl FnOnce(&Conversation) -> Vec<u8>,
) -> Told {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut input = child.stdin.take();
    let output = reader(child.stdout.take().unwrap());
    let complaints = reader(child.stderr.take().unwrap());
    let mut conversation = Conversation::new(needs, redactor());
    let mut told = Told {
        facts: Err(Gap::protocol("the script ended early")),
        output: Vec::new(),
        request: Vec::new(),
        complaints: String::new(),
    };
    write(&mut input, &first(&conversation));
    loop {
        match next(&mut child, &output) {
            None => break,
            Some(bytes) => {
                told.output.extend_from_slice(&bytes);
                match conversation.feed(&bytes) {
                    Step::More => {}
                    Step::Ask => {
                        told.request = conversation.ask(leads.clone());
                        write(&mut input, &told.request);
                    }
                    Step::Done(facts) => {
                        told.facts = Ok(*facts);
                        break;
                    }
                    Step::Failed(gap) => {
                        told.facts = Err(gap);
                        break;
                    }
                }
            }
        }
    }
    drop(input);
    while let Some(bytes) = next(&mut child, &output) {
        told.output.extend_from_slice(&bytes);
    }
    while let Some(bytes) = next(&mut child, &complaints) {
        told.complaints.push_str(&String::from_utf8_lossy(&bytes));
    }
    child.wait().unwrap();
    told
}

/// The next bytes that a process wrote; nothing once it has ended.
pub(crate) fn next(child: &mut Child, from: &Receiver<Vec<u8>>) -> Option<Vec<u8>> {
    match from.recv_timeout(PATIENCE) {
        Ok(bytes) => Some(bytes),
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => None,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
            child.kill().unwrap();
            panic!("the script said nothing for {PATIENCE:?}");
        }
    }
}

/// Writes to a process; a shell that has already ended reads no more; that shows in what it wrote.
pub(crate) fn write(input: &mut Option<ChildStdin>, bytes: &[u8]) {
    if let Some(input) = input
        && let Err(error) = input.write_all(bytes).and_then(|()| input.flush())
    {
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{error}");
    }
}

/// Reads in the background, so that neither side waits for the other.
pub(crate) fn reader(mut from: impl std::io::Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if send.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receive
}
