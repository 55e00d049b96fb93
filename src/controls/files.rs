//! How files, folders and sockets are judged: bitwise modes, numeric owners, links followed, loaded audit rules.

use std::collections::BTreeSet;

use crate::domain::context::Context;
use crate::domain::control::{Judged, Owner};
use crate::domain::evidence::host::{AuditRule, FileStat};
use crate::domain::gap::{AsKnown as _, Gap, Known};
use crate::domain::outcome::{Subject, Verdict};
use crate::domain::place::Place;

use super::combine::all;
use super::facts::{is_within, list, word};

/// One file as it really is: links are followed.
pub struct Real<'a> {
    /// The path that was asked for.
    pub path: &'a str,
    /// Where it leads; the same path where no link is passed.
    pub canonical: &'a str,
    /// Whether the path itself is a link.
    pub link: bool,
    /// The state of what is there.
    pub stat: &'a FileStat,
}

impl Real<'_> {
    /// A note for people where the path is a link.
    fn via(&self) -> String {
        if self.path == self.canonical {
            String::new()
        } else {
            format!(" (leads to {})", self.canonical)
        }
    }
}

/// A verdict on each file at `places`. An absent file does not apply, unless the running engine cannot be without it.
pub fn each(
    ctx: &Context<'_>,
    places: &[Place],
    judge: impl Fn(Place, &Real<'_>) -> Known<Verdict>,
) -> Judged {
    let mut rows = Vec::new();
    let mut seen = BTreeSet::new();
    let mut nowhere = Vec::new();
    for &place in places {
        let paths = match paths(ctx, place) {
            Ok(paths) => paths,
            Err(gap) => {
                rows.push((unresolved(place), Err(gap)));
                continue;
            }
        };
        if paths.is_empty() {
            nowhere.push(absence(place));
        }
        for path in paths {
            let real = real(ctx, &path);
            if let Ok(Some(real)) = &real
                && !seen.insert(real.canonical.to_owned())
            {
                continue;
            }
            // One file has one name, whichever of the folders' links it was asked for through; a link is named itself.
            let name = match &real {
                Ok(Some(real)) if !real.link => real.canonical.to_owned(),
                _ => path.clone(),
            };
            let verdict = match real {
                Ok(Some(real)) => judge(place, &real),
                Ok(None) if is_mandatory(place) => {
                    Ok(Verdict::fail(format!("{path} is not there"), "it exists"))
                }
                Ok(None) => Ok(Verdict::not_applicable(format!("{path} is not there"))),
                Err(gap) => Err(gap),
            };
            rows.push((Subject::file(&name), verdict));
        }
    }
    if rows.is_empty() {
        let reason = if nowhere.is_empty() {
            "nothing of the kind is there".to_owned()
        } else {
            nowhere.join("; ")
        };
        rows.push((Subject::host(), Ok(Verdict::not_applicable(reason))));
    }
    once(rows)
}

/// Keeps one row for each subject; two places that cannot be resolved have the same gap for the same reason.
fn once(rows: Judged) -> Judged {
    let mut seen = BTreeSet::new();
    rows.into_iter()
        .filter(|(subject, _)| seen.insert(subject.id.clone()))
        .collect()
}

/// The paths that `place` means; a setting that cannot be known is a gap, not an empty list.
pub fn paths(ctx: &Context<'_>, place: Place) -> Known<Vec<String>> {
    match place {
        Place::Setting(key) => {
            let mut paths = list(ctx, key)?;
            paths.retain(|path| !path.is_empty());
            Ok(paths)
        }
        // Where the setting cannot be known, neither can the folder.
        Place::Beside(key, _) => {
            word(ctx, key)?;
            ctx.host().paths(place)
        }
        place => ctx.host().paths(place),
    }
}

/// What is at `path` once links are followed; `None` where nothing is.
pub fn real<'a>(ctx: &Context<'a>, path: &'a str) -> Known<Option<Real<'a>>> {
    let Some(stat) = ctx.host().file(path)? else {
        return Ok(None);
    };
    let Some(target) = stat.target.as_deref().filter(|target| *target != path) else {
        if stat.kind == "link" {
            return Err(Gap::no_data(format!(
                "where the link {path} leads was not read"
            )));
        }
        return Ok(Some(Real {
            path,
            canonical: path,
            link: false,
            stat,
        }));
    };
    if stat.kind != "link" {
        return Ok(Some(Real {
            path,
            canonical: target,
            link: false,
            stat,
        }));
    }
    Ok(ctx.host().file(target)?.map(|stat| Real {
        path,
        canonical: target,
        link: true,
        stat,
    }))
}

fn unresolved(place: Place) -> Subject {
    match place {
        Place::Fixed(path) | Place::Folders(path) => Subject::file(path),
        _ => Subject::host(),
    }
}

fn is_mandatory(place: Place) -> bool {
    matches!(place, Place::EngineSocket | Place::DataRoot)
}

fn absence(place: Place) -> String {
    match place {
        Place::Fixed(path) => format!("{path} is not there"),
        Place::Below(folder, _) | Place::Folders(folder) => {
            format!("{folder} holds nothing of the kind")
        }
        Place::Unit(unit) => format!("systemd knows no {unit}"),
        Place::DropIns(unit) => format!("{unit} has no drop-ins"),
        Place::Setting(key) | Place::Beside(key, _) => {
            format!("the daemon setting {key} is not set")
        }
        Place::InDataRoot(name) => format!("no data root is known that could hold {name}"),
        Place::DaemonConfig => "the daemon has no configuration file".to_owned(),
        Place::DataRoot => "no data root is known".to_owned(),
        Place::EngineSocket => "the engine listens on no socket file".to_owned(),
        Place::RootlessHome(_) => "the engine is not rootless".to_owned(),
        Place::PodmanSocket => "no socket of Podman's API is there".to_owned(),
        Place::ContainerdSocket => "containerd has no socket file".to_owned(),
        Place::Program(name) => format!("no program {name} was found"),
    }
}

/// Whether what is at `real` belongs to whom it must; numeric ids decide, names are only shown.
pub fn owned(ctx: &Context<'_>, place: Place, owner: Owner, real: &Real<'_>) -> Known<Verdict> {
    let stat = real.stat;
    let observed = format!(
        "{}:{} ({}:{}){}",
        stat.uid,
        stat.gid,
        stat.user,
        stat.group,
        real.via()
    );
    let wanted = wanted_owner(ctx, place, owner)?;
    let right = stat.uid == wanted.uid && wanted.gid.is_none_or(|gid| stat.gid == gid);
    Ok(if right {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, wanted.shown)
    })
}

/// Whose a file must be; the rule and its remedy both ask here.
pub struct WantedOwner {
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group; none where any will do.
    pub gid: Option<u32>,
    /// The same for people.
    pub shown: String,
}

/// Whose what is at `place` must be.
pub fn wanted_owner(ctx: &Context<'_>, place: Place, owner: Owner) -> Known<WantedOwner> {
    if let Some(user) = rootless_owner(ctx, place)? {
        return Ok(WantedOwner {
            uid: user,
            gid: None,
            shown: format!("owner {user}, the user that runs the engine"),
        });
    }
    let (gid, shown) = match owner {
        Owner::Root => (0, "0:0".to_owned()),
        Owner::RootAndEngineGroup => engine_group(ctx)?,
    };
    Ok(WantedOwner {
        uid: 0,
        gid: Some(gid),
        shown,
    })
}

/// The user of a rootless engine, for the places that then belong to it.
fn rootless_owner(ctx: &Context<'_>, place: Place) -> Known<Option<u32>> {
    let is_its_own = matches!(
        place,
        Place::EngineSocket | Place::DaemonConfig | Place::DataRoot
    );
    let daemon = ctx.found()?.daemon.as_ref();
    Ok(daemon
        .map(|daemon| daemon.uid)
        .filter(|uid| is_its_own && *uid != 0))
}

/// The group that the engine gives its socket: the setting `group`, else `docker`; root's where that does not exist.
fn engine_group(ctx: &Context<'_>) -> Known<(u32, String)> {
    let name = match word(ctx, "group")? {
        Some(name) => name,
        None => "docker".to_owned(),
    };
    if let Ok(gid) = name.parse::<u32>() {
        return Ok((gid, format!("0:{gid}")));
    }
    let accounts = ctx.host().accounts.known()?;
    let gid = accounts
        .groups
        .iter()
        .find(|group| group.name == name)
        .map_or(0, |group| group.gid);
    Ok((gid, format!("0:{gid} (root:{name})")))
}

/// Whether what is at `real` has no permission bit beyond `at_most` and no widening entry in its access list.
pub fn narrow(real: &Real<'_>, at_most: u32) -> Verdict {
    let stat = real.stat;
    let mode = stat.mode & 0o7777;
    let entries = match &stat.acl {
        Some(entries) if !entries.is_empty() => format!(", also granted to {}", entries.join(", ")),
        _ => String::new(),
    };
    let observed = format!("{mode:04o}{entries}{}", real.via());
    if mode & !at_most == 0 && entries.is_empty() {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, format!("no bit beyond {at_most:04o}"))
    }
}

/// The rows of a rule about owners.
pub fn owner(ctx: &Context<'_>, place: Place, owner: Owner) -> Judged {
    each(ctx, &[place], |place, real| owned(ctx, place, owner, real))
}

/// The rows of a rule about modes.
pub fn mode(ctx: &Context<'_>, place: Place, at_most: u32) -> Judged {
    each(ctx, &[place], |_, real| Ok(narrow(real, at_most)))
}

/// The rows of a rule about both: files with no bit beyond `file_mode`, folders with none beyond `folder_mode`.
pub fn closed(ctx: &Context<'_>, places: &[Place], file_mode: u32, folder_mode: u32) -> Judged {
    each(ctx, places, |place, real| {
        let at_most = if real.stat.kind == "dir" {
            folder_mode
        } else {
            file_mode
        };
        all([
            owned(ctx, place, Owner::Root, real),
            Ok(narrow(real, at_most)),
        ])
    })
}

/// The rows of a rule about loaded audit rules.
pub fn watched(ctx: &Context<'_>, places: &[Place], permissions: &str) -> Judged {
    each(ctx, places, |_, real| {
        Ok(watch(
            ctx.host().audit.known()?.rules.known()?,
            real,
            permissions,
        ))
    })
}

/// Whether loaded rules cover what is at `real` with all of `permissions`. A rule covers a path by naming it or as a
/// watched folder above it; the name of a longer path covers nothing. A folder itself must be watched as one.
fn watch(rules: &[AuditRule], real: &Real<'_>, permissions: &str) -> Verdict {
    let is_folder = real.stat.kind == "dir";
    let covers = |rule: &&AuditRule| {
        let by_name = |path: &str| {
            if rule.folder {
                is_within(path, &rule.path)
            } else {
                !is_folder && path == rule.path
            }
        };
        by_name(real.canonical) || (!real.link && by_name(real.path))
    };
    let covering: Vec<_> = rules.iter().filter(covers).collect();
    let missing: String = permissions
        .chars()
        .filter(|letter| {
            !covering
                .iter()
                .any(|rule| rule.permissions.contains(*letter))
        })
        .collect();
    let expected = format!(
        "a loaded rule with {permissions} on {} or a folder above it",
        real.canonical
    );
    if covering.is_empty() {
        return Verdict::fail(format!("no loaded rule covers it{}", real.via()), expected);
    }
    let by = covering
        .iter()
        .map(|rule| format!("{} {}", rule.path, rule.permissions))
        .collect::<Vec<_>>()
        .join(", ");
    if missing.is_empty() {
        Verdict::pass(by)
    } else {
        Verdict::fail(format!("{by}: {missing} is not covered"), expected)
    }
}
