//! How a file is given back to root and closed: the plan beside the rules of [`files`](super::files).
//!
//! A plan only ever takes bits away and only ever gives to root; whatever else a file would need is left to a person.

use crate::domain::context::Context;
use crate::domain::control::{Control, Owner, Rule};
use crate::domain::gap::GapClass;
use crate::domain::outcome::Subject;
use crate::domain::place::Place;
use crate::domain::plan::{Access, CannotPlan, FileAccess, FileKind, Step};

use super::files::{WantedOwner, real, wanted_owner};

/// What a plan makes of one file.
type Planned = Result<Vec<Step>, CannotPlan>;

/// The plan of a control whose rule is nothing but an owner or a mode.
pub(super) fn by_rule(ctx: &Context<'_>, control: &Control, subject: &Subject) -> Planned {
    match control.rule {
        Rule::FileOwner(place, owner) => own(ctx, subject, place, owner),
        Rule::FileMode { at_most, .. } => narrow(ctx, subject, at_most),
        _ => Err(CannotPlan::new("its rule names no owner and no mode", "")),
    }
}

/// Gives the file to whom it must belong.
pub(super) fn own(ctx: &Context<'_>, subject: &Subject, place: Place, owner: Owner) -> Planned {
    let wanted = wanted_owner(ctx, place, owner)?;
    plan(ctx, subject, |_, _, access| given(&wanted, access))
}

/// Takes every bit beyond `at_most` away.
pub(super) fn narrow(ctx: &Context<'_>, subject: &Subject, at_most: u32) -> Planned {
    plan(ctx, subject, |_, _, access| Access {
        mode: access.mode & at_most,
        ..access
    })
}

/// Gives a file to root and takes every bit beyond `file_mode` away, from a folder every bit beyond `folder_mode`.
pub(super) fn close(
    ctx: &Context<'_>,
    subject: &Subject,
    file_mode: u32,
    folder_mode: u32,
) -> Planned {
    let wanted = wanted_owner(ctx, Place::Fixed(""), Owner::Root)?;
    plan(ctx, subject, |_, file, access| Access {
        mode: access.mode
            & if file == FileKind::Dir {
                folder_mode
            } else {
                file_mode
            },
        ..given(&wanted, access)
    })
}

/// Gives a folder to root, takes every bit beyond 0755 away and lets everybody enter it.
pub(super) fn open_to_enter(ctx: &Context<'_>, subject: &Subject) -> Planned {
    let wanted = wanted_owner(ctx, Place::Fixed(""), Owner::Root)?;
    plan(ctx, subject, |_, _, access| Access {
        mode: (access.mode & 0o755) | 0o111,
        ..given(&wanted, access)
    })
}

/// Closes the data root, which with remapped users belongs to the group that containers' root is mapped to.
pub(super) fn data_root(ctx: &Context<'_>, subject: &Subject) -> Planned {
    let wanted = wanted_owner(ctx, Place::DataRoot, Owner::Root)?;
    let remapped = ctx.info()?.security("userns").is_some();
    plan(ctx, subject, |_, _, access| {
        let owned = if remapped && access.uid == 0 {
            access
        } else {
            given(&wanted, access)
        };
        Access {
            mode: access.mode & 0o711,
            ..owned
        }
    })
}

/// Closes `/run/containerd` to all but those who pass through, and what is in it altogether.
pub(super) fn containerd(ctx: &Context<'_>, subject: &Subject) -> Planned {
    let wanted = wanted_owner(ctx, Place::Fixed(""), Owner::Root)?;
    plan(ctx, subject, |path, _, access| Access {
        mode: access.mode
            & if path == "/run/containerd" {
                0o711
            } else {
                0o700
            },
        ..given(&wanted, access)
    })
}

fn given(wanted: &WantedOwner, access: Access) -> Access {
    Access {
        uid: wanted.uid,
        gid: wanted.gid.map_or(access.gid, |gid| gid),
        ..access
    }
}

/// The step from what is at the subject's path to what `wanted` makes of it.
fn plan(
    ctx: &Context<'_>,
    subject: &Subject,
    wanted: impl Fn(&str, FileKind, Access) -> Access,
) -> Planned {
    let Some(real) = real(ctx, &subject.name)? else {
        return Err(CannotPlan::new("it is not there", ""));
    };
    let path = real.canonical;
    if path.contains('\\') {
        return Err(CannotPlan::new(
            "its name cannot be told apart from an escaped one",
            "",
        ));
    }
    let Some(file) = FileKind::of(&real.stat.kind) else {
        return Err(CannotPlan::new(
            "it is neither a file nor a folder nor a socket",
            "",
        ));
    };
    if real.stat.acl.as_ref().is_some_and(|list| !list.is_empty()) {
        return Err(CannotPlan::new(
            "its access list grants more than its mode",
            format!("look at it with getfacl {path}, then remove it with setfacl -b {path}"),
        ));
    }
    let before = Access {
        uid: real.stat.uid,
        gid: real.stat.gid,
        mode: real.stat.mode & 0o7777,
    };
    let after = wanted(path, file, before);
    if after == before {
        return Err(CannotPlan::new("its owner and mode are as wanted", ""));
    }
    if after.uid != 0 && after.uid != before.uid {
        return Err(CannotPlan::new(
            "the engine runs without root, and its files are its user's",
            format!("as that user: chmod {:04o} {path}", after.mode),
        ));
    }
    if file == FileKind::Socket {
        lasting(ctx, path, after)?;
    }
    Ok(vec![Step::FileAccess(FileAccess {
        path: path.to_owned(),
        file,
        before,
        after,
    })])
}

/// A socket made by a unit gets the unit's owner and mode back with every start: then it is the unit that must change.
fn lasting(ctx: &Context<'_>, path: &str, after: Access) -> Result<(), CannotPlan> {
    let units = match &ctx.host().units {
        Ok(units) => units,
        // Where systemd does not run, the engine makes its sockets itself, and makes them closed.
        Err(gap) if gap.class == GapClass::Unsupported => return Ok(()),
        Err(gap) => return Err(gap.clone().into()),
    };
    for (name, unit) in units.iter().filter(|(name, _)| name.ends_with(".socket")) {
        let property = |key: &str| unit.properties.get(key).map(String::as_str);
        if unit.active != "active"
            || !property("Listen").is_some_and(|listen| listens(listen, path))
        {
            continue;
        }
        // A mode that cannot be read may be any.
        let wider = property("SocketMode").is_none_or(|mode| {
            u32::from_str_radix(mode, 8).map_or(true, |mode| mode & !after.mode & 0o777 != 0)
        });
        let owned = property("SocketUser").is_some_and(|user| !matches!(user, "" | "root" | "0"));
        if wider || owned {
            return Err(CannotPlan::new(
                format!("{name} makes the socket anew with other owners or bits"),
                format!(
                    "a drop-in for {name}: [Socket] SocketUser=root SocketMode={:04o}, then systemctl daemon-reload and \
                     systemctl restart {name}",
                    after.mode
                ),
            ));
        }
    }
    Ok(())
}

/// Whether a unit's `Listen` (such as `/run/docker.sock (Stream)`) names the path.
fn listens(listen: &str, path: &str) -> bool {
    listen
        .split_whitespace()
        .any(|word| super::facts::tidy_path(word) == path)
}
