//! Questions on a plain terminal, while a sweep runs without a dashboard.
//!
//! Unknown host keys come in one list; secrets are typed unseen. An empty line, and the end of input, decline.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::run::Notices;
use super::tty::Tty;
use crate::domain::question::{Answer, NewKey, Question, QuestionId, Secret, SecretKind, Wanted};
use crate::domain::text::{clean, clean_whole};
use crate::transport::ask::{Desk, Notice};

/// Unknown keys that come so soon after each other go into one list.
const GATHERING: Duration = Duration::from_millis(500);

/// A conversation that goes on beside the sweep; ends when it is dropped.
pub(super) struct Talk {
    open: watch::Receiver<bool>,
    task: Option<JoinHandle<()>>,
}

impl Talk {
    /// Answers what `notices` brings, at the terminal; without notices nothing is ever open.
    pub(super) fn start(desk: &Arc<Desk>, notices: Option<Notices>) -> Self {
        let (tell, open) = watch::channel(false);
        let task = notices.map(|notices| {
            let person = Person {
                desk: Arc::clone(desk),
                notices,
                asked: Vec::new(),
                open: tell,
            };
            tokio::spawn(person.attend())
        });
        Self { open, task }
    }

    /// Whether a question stands on the terminal now.
    pub(super) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Waits until that is different.
    pub(super) async fn changed(&mut self) {
        if self.open.changed().await.is_err() {
            // Nobody will ask any more.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

struct Person {
    desk: Arc<Desk>,
    notices: Notices,
    asked: Vec<(QuestionId, Question)>,
    open: watch::Sender<bool>,
}

impl Drop for Person {
    /// Nobody is left to be asked: whoever waits must not wait for ever.
    fn drop(&mut self) {
        self.notices.close();
        self.desk.abandon();
    }
}

/// Why a question was not talked through.
enum Cut {
    /// Nobody wants the answer any more.
    Withdrawn,
    /// The terminal does not work.
    Broken,
}

impl From<io::Error> for Cut {
    fn from(_error: io::Error) -> Self {
        Self::Broken
    }
}

impl Person {
    async fn attend(mut self) {
        let Ok(mut tty) = Tty::open() else {
            return;
        };
        while let Some(notice) = self.notices.recv().await {
            self.note(notice);
            while let Some((id, question)) = self.asked.first().cloned() {
                self.open.send_replace(true);
                let talked = match &question {
                    Question::NewKey(_) => self.keys(&mut tty).await,
                    Question::Secret(wanted) => self.secret(&mut tty, id, wanted).await,
                };
                match talked {
                    Ok(()) => {}
                    Err(Cut::Withdrawn) => {
                        if tty.say("\n(no longer needed)\n").is_err() {
                            return;
                        }
                    }
                    Err(Cut::Broken) => return,
                }
            }
            self.open.send_replace(false);
        }
    }

    fn note(&mut self, notice: Notice) {
        match notice {
            Notice::Asked(id, question) => self.asked.push((id, question)),
            Notice::Withdrawn(id) => self.asked.retain(|(asked, _)| *asked != id),
        }
    }

    fn give(&mut self, id: QuestionId, answer: Option<&Answer>) {
        self.asked.retain(|(asked, _)| *asked != id);
        self.desk.answer(id, answer);
    }

    /// A line from the terminal, as long as somebody waits for the answer to one of `ids`.
    async fn line(
        &mut self,
        tty: &mut Tty,
        echo: bool,
        ids: &[QuestionId],
    ) -> Result<Option<Secret>, Cut> {
        let typing = tty.line(echo);
        tokio::pin!(typing);
        loop {
            tokio::select! {
                typed = &mut typing => return Ok(typed?),
                Some(notice) = self.notices.recv() => {
                    self.note(notice);
                    if !self.asked.iter().any(|(id, _)| ids.contains(id)) {
                        return Err(Cut::Withdrawn);
                    }
                }
            }
        }
    }

    /// All unknown keys at hand as one list.
    async fn keys(&mut self, tty: &mut Tty) -> Result<(), Cut> {
        while let Ok(Some(notice)) = timeout(GATHERING, self.notices.recv()).await {
            self.note(notice);
        }
        let keys: Vec<(QuestionId, NewKey)> = self
            .asked
            .iter()
            .filter_map(|(id, question)| match question {
                Question::NewKey(key) => Some((*id, key.clone())),
                Question::Secret(_) => None,
            })
            .collect();
        if keys.is_empty() {
            return Err(Cut::Withdrawn);
        }
        let ids: Vec<QuestionId> = keys.iter().map(|(id, _)| *id).collect();
        tty.say(&clean_lines(&listed(&keys)))?;
        loop {
            let prompt = match keys.len() {
                1 => "Trust it? yes or no [no]: ".to_owned(),
                n => format!("Trust which? all, none, or numbers such as 1 or 1-{n} [none]: "),
            };
            tty.say(&prompt)?;
            let typed = self.line(tty, true, &ids).await?;
            let text = typed.unwrap_or_default();
            if let Some(trusted) = chosen(text.expose(), keys.len()) {
                for (index, id) in ids.iter().enumerate() {
                    let yes = trusted.contains(&(index + 1)).then_some(&Answer::Yes);
                    self.give(*id, yes);
                }
                return Ok(());
            }
            tty.say("That is none of these.\n")?;
        }
    }

    async fn secret(&mut self, tty: &mut Tty, id: QuestionId, wanted: &Wanted) -> Result<(), Cut> {
        let mut text = format!("\r\u{1b}[K{}", clean(&wanted.title()));
        for line in &wanted.lines {
            text.push_str("\n  ");
            text.push_str(&clean(line));
        }
        text.push('\n');
        tty.say(&text)?;
        let mut secrets = Vec::new();
        for prompt in &wanted.prompts {
            tty.say(&format!(
                "  {}: ",
                clean(prompt.label.trim_end_matches([':', ' ']))
            ))?;
            match self.line(tty, prompt.echo, &[id]).await? {
                // What may be seen while it is typed may also be left out, where we ask ourselves.
                Some(secret)
                    if secret.count() > 0 || (prompt.echo && wanted.kind == SecretKind::Sudo) =>
                {
                    secrets.push(secret);
                }
                _ => {
                    self.give(id, None);
                    return Ok(());
                }
            }
        }
        self.give(id, Some(&Answer::Secrets(secrets)));
        Ok(())
    }
}

/// The list of unknown keys, and how to compare them.
fn listed(keys: &[(QuestionId, NewKey)]) -> Vec<String> {
    let mut lines = vec![match keys {
        [_] => "The key of an SSH server is not on file:".to_owned(),
        _ => format!("The keys of {} SSH servers are not on file:", keys.len()),
    }];
    let width = keys.iter().map(|(_, key)| key.server.len()).max();
    let width = width.unwrap_or_default().min(40);
    for (index, (_, key)) in keys.iter().enumerate() {
        lines.push(format!(
            "{:>4}  {:width$}  {} {}",
            index + 1,
            key.server,
            key.kind,
            key.fingerprint
        ));
    }
    let mut compare: Vec<&str> = keys.iter().map(|(_, key)| key.compare.as_str()).collect();
    compare.sort_unstable();
    compare.dedup();
    lines.push("To compare, run on each host, reached another way:".to_owned());
    lines.extend(compare.iter().map(|command| format!("  {command}")));
    let mut files: Vec<&str> = keys.iter().map(|(_, key)| key.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    lines.push(format!("Trusted keys are kept in {}.", files.join(", ")));
    lines
}

/// `lines` in place of a line of progress that may stand there.
fn clean_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| clean_whole(line)).collect();
    format!("\r\u{1b}[K{}\n", lines.join("\n"))
}

/// The numbers that `text` means, of `count`; nothing where it means none.
fn chosen(text: &str, count: usize) -> Option<Vec<usize>> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "none" | "no" | "n" => return Some(Vec::new()),
        "yes" | "y" if count == 1 => return Some(vec![1]),
        "all" => return Some((1..=count).collect()),
        _ => {}
    }
    let mut numbers = Vec::new();
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first == 0 || first > last || last > count {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn keys_are_chosen_by_number() {
        assert_eq!(chosen("", 3), Some(vec![]));
        assert_eq!(chosen(" none ", 3), Some(vec![]));
        assert_eq!(chosen("ALL", 3), Some(vec![1, 2, 3]));
        assert_eq!(chosen("1 3-4,5", 5), Some(vec![1, 3, 4, 5]));
        assert_eq!(chosen("yes", 1), Some(vec![1]));
        for wrong in ["yes", "0", "4", "3-1", "x", "1-", "y"] {
            assert_eq!(chosen(wrong, 3), None, "{wrong}");
        }
    }
}
