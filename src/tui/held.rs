//! The images that hosts hold, as the model of the fleet keeps them: names and ids are shared by all hosts.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::event::HostReport;
use crate::domain::outcome::SubjectKind;

/// An image that a host holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its first tag, else its digest or id; shared by the hosts that hold it.
    pub name: Arc<str>,
    /// The first digits of its id.
    pub id: Arc<str>,
    /// Containers made from it.
    pub containers: usize,
    /// Its size in bytes.
    pub size: i64,
}

/// Texts that many hosts have in common, each kept once.
pub type Shared = BTreeSet<Arc<str>>;

fn shared(texts: &mut Shared, text: &str) -> Arc<str> {
    if let Some(known) = texts.get(text) {
        return Arc::clone(known);
    }
    let new: Arc<str> = text.into();
    texts.insert(Arc::clone(&new));
    new
}

/// The images of a report with evidence; of one without, those that its rows name.
pub fn images(report: &HostReport, texts: &mut Shared) -> Vec<Held> {
    const DIGITS: usize = 12;
    let listed = report
        .evidence
        .as_ref()
        .and_then(|evidence| evidence.engine.images.as_ref().ok());
    if let Some(images) = listed {
        return images
            .iter()
            .map(|image| {
                let id = image.id.strip_prefix("sha256:").unwrap_or(&image.id);
                let short: String = id.chars().take(DIGITS).collect();
                Held {
                    name: shared(texts, &image.subject().name),
                    id: shared(texts, &short),
                    containers: image.used_by.len(),
                    size: image.size,
                }
            })
            .collect();
    }
    let names: BTreeSet<&str> = report
        .results
        .iter()
        .filter(|row| row.subject.kind == SubjectKind::Image)
        .map(|row| row.subject.name.as_str())
        .collect();
    names
        .into_iter()
        .map(|name| Held {
            name: shared(texts, name),
            id: shared(texts, ""),
            containers: 0,
            size: 0,
        })
        .collect()
}
