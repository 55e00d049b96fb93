//! Owner and permission bits of a file, folder or socket.

use super::{Ended, Fault};
use crate::domain::plan::{Access, BlastRadius, FileAccess, FileKind, StepText};
use crate::remedy::session::Session;
use crate::remedy::wire::{Reply, Status, word};

/// The step in words.
pub(super) fn text(step: &FileAccess) -> StepText {
    let FileAccess {
        path,
        before,
        after,
        ..
    } = step;
    let mut title = Vec::new();
    let mut undo = Vec::new();
    if (before.uid, before.gid) != (after.uid, after.gid) {
        title.push(format!("owner {} -> {}", own(*before), own(*after)));
        undo.push(format!("chown {} {}", own(*before), word(path.as_bytes())));
    }
    if before.mode != after.mode {
        title.push(format!("mode {:04o} -> {:04o}", before.mode, after.mode));
    }
    if !undo.is_empty() || before.mode != after.mode {
        undo.push(format!(
            "chmod {:05o} {}",
            before.mode,
            word(path.as_bytes())
        ));
    }
    StepText {
        title: format!("{path}: {}", title.join(", ")),
        diff: vec![
            format!("--- {path}  {before}"),
            format!("+++ {path}  {after}"),
        ],
        commands: commands(step),
        undo: undo.join("; "),
    }
}

/// The commands that the script runs, in its own words.
fn commands(step: &FileAccess) -> Vec<String> {
    let path = word(step.path.as_bytes());
    let mut commands = Vec::new();
    let mut mode = step.before.mode;
    if (step.before.uid, step.before.gid) != (step.after.uid, step.after.gid) {
        commands.push(format!("chown {} {path}", own(step.after)));
        mode = given_away(mode, step.file);
    }
    if mode != step.after.mode {
        commands.push(format!("chmod {:05o} {path}", step.after.mode));
    }
    commands
}

/// What is left of a mode when the owner changes: the kernel takes setuid and setgid from files.
fn given_away(mode: u32, file: FileKind) -> u32 {
    match file {
        FileKind::Dir => mode,
        // Setgid without x for the group is the mark of mandatory locks and stays.
        FileKind::File | FileKind::Socket if mode & 0o010 == 0 => mode & !0o4000,
        FileKind::File | FileKind::Socket => mode & !0o6000,
    }
}

fn own(access: Access) -> String {
    format!("{}:{}", access.uid, access.gid)
}

/// Who can no longer do what.
pub(super) fn blast(step: &FileAccess) -> BlastRadius {
    let FileAccess {
        path,
        before,
        after,
        ..
    } = step;
    let mut losing = Vec::new();
    let mut lost = |who: String, was: u32, is: u32| {
        let gone: Vec<&str> = [(4, "read"), (2, "write"), (1, "enter or run")]
            .into_iter()
            .filter(|(bit, _)| was & !is & bit != 0)
            .map(|(_, word)| word)
            .collect();
        if !gone.is_empty() {
            losing.push(format!("{who}: {} {path}", gone.join(", ")));
        }
    };
    lost("others".to_owned(), before.mode & 7, after.mode & 7);
    let group_after = if before.gid == after.gid {
        after.mode >> 3
    } else {
        after.mode
    };
    // Root loses nothing.
    if before.gid != 0 {
        lost(
            format!("group {}", before.gid),
            (before.mode >> 3) & 7,
            group_after & 7,
        );
    }
    if before.uid != 0 {
        let own_after = if before.uid == after.uid {
            after.mode >> 6
        } else {
            after.mode
        };
        lost(
            format!("user {}", before.uid),
            (before.mode >> 6) & 7,
            own_after & 7,
        );
    }
    BlastRadius {
        losing_access: losing,
        ..BlastRadius::default()
    }
}

/// What `look` says.
struct Look {
    device: String,
    inode: String,
    file: Option<FileKind>,
    access: Access,
}

/// Whether it is as planned; gives its inode.
pub(super) async fn prepare(session: &mut Session, step: &FileAccess) -> Result<String, Fault> {
    let look = look(session, step).await?;
    if look.file != Some(step.file) || look.access != step.before {
        return Err(Fault::Unchanged(format!(
            "{} is {} now, and was {} when this was planned",
            step.path, look.access, step.before
        )));
    }
    Ok(look.inode)
}

/// Makes it so.
pub(super) async fn apply(
    session: &mut Session,
    step: &FileAccess,
    pin: &str,
) -> Result<Ended, Fault> {
    let look = look(session, step).await?;
    pinned(step, &look, pin)?;
    change(session, step, "narrow", &look, step.before, step.after).await
}

/// Puts it back.
pub(super) async fn take_back(
    session: &mut Session,
    step: &FileAccess,
    pin: &str,
    certain: bool,
) -> Result<Ended, Fault> {
    let look = look(session, step).await?;
    pinned(step, &look, pin)?;
    if look.access == step.before {
        return Ok(Ended::AlreadySo);
    }
    // Of a step that was cut off in the middle, any mixture of both ends may be found.
    let between = Access {
        mode: given_away(step.before.mode, step.file),
        ..step.after
    };
    if look.access != step.after && (certain || look.access != between) {
        return Err(Fault::Unchanged(format!(
            "{} is {} now, and not {} as it was left: somebody changed it since",
            step.path, look.access, step.after
        )));
    }
    change(session, step, "restore", &look, look.access, step.before).await
}

fn pinned(step: &FileAccess, look: &Look, pin: &str) -> Result<(), Fault> {
    if look.inode == pin && look.file == Some(step.file) {
        return Ok(());
    }
    Err(Fault::Unchanged(format!(
        "{} is another file than the one that was looked at",
        step.path
    )))
}

async fn look(session: &mut Session, step: &FileAccess) -> Result<Look, Fault> {
    let line = format!("look {}", word(step.path.as_bytes()));
    // Looking changes nothing, whatever becomes of the connection.
    let reply = session.ask(&line).await.map_err(Fault::Lost)?;
    if reply.status != Status::Done {
        return Err(Fault::Unchanged(reply.said));
    }
    parse(&reply.said).ok_or_else(|| {
        Fault::Unchanged(format!(
            "the host's stat says something odd of {}: {}",
            step.path, reply.said
        ))
    })
}

/// `device:inode type-and-bits-in-hex owner:group`
fn parse(said: &str) -> Option<Look> {
    let mut words = said.split(' ');
    let (device, inode) = words.next()?.split_once(':')?;
    let mode = u32::from_str_radix(words.next()?, 16).ok()?;
    let (uid, gid) = words.next()?.split_once(':')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(device) || !digits(inode) {
        return None;
    }
    Some(Look {
        device: device.to_owned(),
        inode: inode.to_owned(),
        file: match mode & 0o170_000 {
            0o100_000 => Some(FileKind::File),
            0o040_000 => Some(FileKind::Dir),
            0o140_000 => Some(FileKind::Socket),
            _ => None,
        },
        access: Access {
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            mode: mode & 0o7777,
        },
    })
}

async fn change(
    session: &mut Session,
    step: &FileAccess,
    manner: &str,
    look: &Look,
    from: Access,
    to: Access,
) -> Result<Ended, Fault> {
    let line = format!(
        "access {manner} {} {}:{} {} {:o} {} {:o}",
        word(step.path.as_bytes()),
        look.device,
        look.inode,
        own(from),
        from.mode,
        own(to),
        to.mode
    );
    let Reply {
        status,
        changes,
        said,
    } = session.ask(&line).await.map_err(Fault::Unknown)?;
    match status {
        Status::Done => Ok(Ended::Done(changes)),
        Status::Torn => Err(Fault::Torn(said)),
        Status::Unchanged
        | Status::Different
        | Status::Refused
        | Status::PutBack
        | Status::Held => Err(Fault::Unchanged(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::{blast, parse, text};
    use crate::domain::plan::{Access, FileAccess, FileKind};

    fn step(before: (u32, u32, u32), after: (u32, u32, u32)) -> FileAccess {
        let access = |(uid, gid, mode)| Access { uid, gid, mode };
        FileAccess {
            path: "/etc/docker/daemon.json".to_owned(),
            file: FileKind::File,
            before: access(before),
            after: access(after),
        }
    }

    #[test]
    fn a_step_says_every_command_and_who_loses_what() {
        let both = step((1000, 1000, 0o666), (0, 0, 0o644));
        assert_eq!(
            text(&both).commands,
            [
                "chown 0:0 /etc/docker/daemon.json",
                "chmod 00644 /etc/docker/daemon.json"
            ]
        );
        assert_eq!(
            text(&both).undo,
            "chown 1000:1000 /etc/docker/daemon.json; chmod 00666 /etc/docker/daemon.json"
        );
        assert_eq!(
            blast(&both).losing_access,
            [
                "others: write /etc/docker/daemon.json",
                "group 1000: write /etc/docker/daemon.json",
                "user 1000: write /etc/docker/daemon.json"
            ]
        );
        let owner = step((1000, 0, 0o644), (0, 0, 0o644));
        assert_eq!(text(&owner).commands, ["chown 0:0 /etc/docker/daemon.json"]);
        assert_eq!(
            blast(&owner).losing_access,
            ["user 1000: write /etc/docker/daemon.json"]
        );
    }

    #[test]
    fn a_setuid_file_that_is_given_away_loses_its_bit_by_itself() {
        let step = step((1000, 0, 0o4755), (0, 0, 0o755));
        assert_eq!(text(&step).commands.len(), 1);
    }

    #[test]
    fn what_a_host_says_of_a_file_is_read_strictly() {
        let look = parse("65024:1234 81b6 1000:100").unwrap();
        assert_eq!((look.access.uid, look.access.mode), (1000, 0o666));
        for bad in ["", "1:2", "1:x 81a4 0:0", "1:2 zz 0:0", "1:2 81a4 0"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
