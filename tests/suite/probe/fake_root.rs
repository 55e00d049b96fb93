//! A root file system of its own for the script to look at: planted files, planted accounts, a planted engine, and
//! either this machine's GNU tools or nothing but busybox. Needs root, as it mounts and changes root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tools {
    /// dash with GNU tools.
    Dash,
    /// bash with GNU tools, also for the shells that the script starts.
    Bash,
    /// busybox alone.
    Busybox,
    /// dash with as few tools as there can be, all of them busybox's.
    Bare,
}

/// The fake root.
#[derive(Debug)]
pub(crate) struct Root {
    folder: TempDir,
    tools: Tools,
    /// User and group that run the script.
    user: &'static str,
    /// User that runs the engine.
    engine_user: &'static str,
    /// Options with which /proc is mounted.
    proc_options: &'static str,
    /// Words of the planted engine's command line; none is started where this is empty.
    engine: Vec<String>,
}

/// Runs in namespaces of its own: mounts what the root needs, starts the engine, and becomes the shell. The engine is
/// busybox under another name, stuck for ever on a full pipe, so that it has any command line and needs no time.
const SET_UP: &str = r#"
set -eu
root=$1 user=$2 shell=$3 engine_user=$4 proc_options=$5
shift 5
if [ -d "$root/usr" ]; then
    mount --rbind /usr "$root/usr"
    [ "$shell" != bash ] || mount --bind "$(readlink -f /bin/bash)" "$root$(readlink -f /bin/sh)"
fi
mount -t proc -o "$proc_options" proc "$root/proc"
mount --bind /dev/null "$root/dev/null"
if [ $# -gt 0 ]; then
    mkfifo /tmp/full.$$
    exec 9<>/tmp/full.$$
    rm /tmp/full.$$
    setpriv --reuid "$engine_user" bash -c 'exec -a yes "$0" "$@"' "$root/opt/dockerd" "$@" >&9 9>&- &
    until [ "$(cat "$root/proc/$!/comm")" = dockerd ]; do :; done
    exec 9>&-
fi
case $shell in
    dash | bash) exec chroot --userspec="$user" "$root" "/usr/bin/$shell" -s ;;
    *) exec chroot --userspec="$user" "$root" /bin/sh -s ;;
esac
"#;

/// The tools of [`Tools::Bare`]: neither `base64` nor `timeout`, `getent`, `id` and `tr`.
const BARE: &[&str] = &[
    "cat", "find", "grep", "head", "od", "readlink", "sed", "stat", "tail", "xargs",
];

const BUSYBOX: &str = "/bin/busybox";

impl Root {
    /// Runs a test in each kind of root that this machine can make.
    pub(crate) fn each(test: impl Fn(&mut Self)) {
        for tools in [Tools::Dash, Tools::Bash, Tools::Busybox] {
            if let Some(mut root) = Self::make(tools) {
                test(&mut root);
            }
        }
    }

    /// A root with a few files; says why where there can be none.
    pub(crate) fn make(tools: Tools) -> Option<Self> {
        if !is_root() {
            println!("left out: needs root, to make a root file system for the script");
            return None;
        }
        Self::new(tools)
            .map_err(|why| println!("left out with {tools:?}: {why}"))
            .ok()
    }

    fn new(tools: Tools) -> Result<Self, String> {
        let need = match tools {
            Tools::Dash | Tools::Bare => "/usr/bin/dash",
            Tools::Bash => "/usr/bin/bash",
            Tools::Busybox => BUSYBOX,
        };
        for program in [need, "/usr/bin/unshare", "/usr/bin/bash"] {
            if !Path::new(program).exists() {
                return Err(format!("needs {program}"));
            }
        }
        let root = Self {
            folder: tempfile::tempdir().unwrap(),
            tools,
            user: "0:0",
            engine_user: "0",
            proc_options: "rw",
            engine: Vec::new(),
        };
        fs::set_permissions(root.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in [
            "proc",
            "dev",
            "etc/docker",
            "run",
            "var/lib/docker",
            "tmp",
            "opt",
        ] {
            root.folder_at(folder.as_bytes(), 0o755, 0);
        }
        root.file(b"dev/null", b"", 0o666, 0);
        root.file(b"etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\nci:x:1001:998::/home/ci:/bin/sh\n", 0o644, 0);
        root.file(
            b"etc/group",
            b"root:x:0:\ndocker:x:998:alice,bob\nnogroup:x:65534:\n",
            0o644,
            0,
        );
        root.file(
            b"etc/os-release",
            b"ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
            0o644,
            0,
        );
        if matches!(tools, Tools::Busybox | Tools::Bare) {
            root.plant_busybox();
        } else {
            root.folder_at(b"usr", 0o755, 0);
            for name in ["bin", "sbin", "lib", "lib64"] {
                match fs::read_link(Path::new("/").join(name)) {
                    Ok(target) => symlink(target, root.path(name.as_bytes())).unwrap(),
                    Err(_) if Path::new("/").join(name).exists() => {
                        return Err("needs a merged /usr".to_owned());
                    }
                    Err(_) => {}
                }
            }
        }
        Ok(root)
    }

    fn plant_busybox(&self) {
        self.folder_at(b"bin", 0o755, 0);
        fs::copy(BUSYBOX, self.path(b"bin/busybox")).unwrap();
        let list = Command::new(BUSYBOX).arg("--list").output().unwrap().stdout;
        for applet in String::from_utf8(list).unwrap().lines() {
            let is_wanted = self.tools == Tools::Busybox || BARE.contains(&applet);
            if is_wanted && applet != "busybox" {
                symlink("busybox", self.path(b"bin").join(applet)).unwrap();
            }
        }
        if self.tools == Tools::Bare {
            self.plant_dash();
        }
    }

    /// Copies dash with the libraries that it needs. busybox's own shell finds its tools without looking for them.
    fn plant_dash(&self) {
        let needed = Command::new("ldd")
            .arg("/usr/bin/dash")
            .output()
            .unwrap()
            .stdout;
        let needed = String::from_utf8(needed).unwrap();
        for library in needed
            .split_whitespace()
            .filter(|word| word.starts_with('/'))
        {
            let here = self.path(library.trim_start_matches('/').as_bytes());
            fs::create_dir_all(here.parent().unwrap()).unwrap();
            fs::copy(library, here).unwrap();
        }
        fs::copy("/usr/bin/dash", self.path(b"bin/sh")).unwrap();
    }

    /// Lets the planted engine run as another user.
    pub(crate) fn engine_of(&mut self, user: &'static str) {
        self.engine_user = user;
    }

    /// Lets users see their own processes alone.
    pub(crate) fn hide_processes(&mut self) {
        self.proc_options = "hidepid=2";
    }

    /// Lets an ordinary user run the script.
    pub(crate) fn as_nobody(&mut self) {
        self.user = "65534:65534";
    }

    /// Plants a running engine with this command line, if it can be; says so where not.
    pub(crate) fn run_engine(&mut self, words: &[&str]) -> bool {
        let is_static = Command::new("chroot")
            .args(["/", BUSYBOX, "true"])
            .output()
            .is_ok_and(|output| output.status.success())
            && fs::read(BUSYBOX)
                .is_ok_and(|program| !program.windows(10).any(|window| window == b"/ld-linux-"));
        if !is_static {
            println!(
                "left out: needs a static busybox (Debian: busybox-static) to plant an engine"
            );
            return false;
        }
        fs::copy(BUSYBOX, self.path(b"opt/dockerd")).unwrap();
        self.engine = words.iter().map(|word| (*word).to_owned()).collect();
        true
    }

    /// A path below this root as this machine sees it.
    pub(crate) fn path(&self, relative: &[u8]) -> PathBuf {
        self.folder.path().join(OsStr::from_bytes(relative))
    }

    /// Plants a file and the folders above it.
    pub(crate) fn file(&self, relative: &[u8], content: &[u8], mode: u32, owner: u32) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        settle(&path, mode, owner);
    }

    /// Plants a folder and those above it.
    pub(crate) fn folder_at(&self, relative: &[u8], mode: u32, owner: u32) {
        let path = self.path(relative);
        fs::create_dir_all(&path).unwrap();
        settle(&path, mode, owner);
    }

    /// Plants a link.
    pub(crate) fn link(&self, relative: &[u8], target: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// The shell of this root, reading a script from its input.
    pub(crate) fn shell(&self) -> Command {
        let shell = match self.tools {
            Tools::Dash => "dash",
            Tools::Bash => "bash",
            Tools::Busybox | Tools::Bare => "sh",
        };
        let mut command = Command::new("unshare");
        command
            .args([
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--propagation",
                "private",
                "bash",
                "-c",
                SET_UP,
                "set-up",
            ])
            .arg(self.folder.path())
            .args([self.user, shell, self.engine_user, self.proc_options])
            .args(&self.engine);
        command
    }

    /// Everything in this root with its state, to see whether anything changed.
    pub(crate) fn snapshot(&self) -> Vec<String> {
        use std::os::unix::fs::MetadataExt as _;
        let mut found = Vec::new();
        let mut open = vec![self.folder.path().to_path_buf()];
        while let Some(next) = open.pop() {
            let state = fs::symlink_metadata(&next).unwrap();
            found.push(format!(
                "{} {:o} {} {} {} {}",
                next.display(),
                state.mode(),
                state.uid(),
                state.len(),
                state.mtime(),
                state.mtime_nsec()
            ));
            if state.is_dir() {
                open.extend(
                    fs::read_dir(&next)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            }
        }
        found.sort();
        found
    }
}

fn settle(path: &Path, mode: u32, owner: u32) {
    chown(path, Some(owner), Some(owner)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|state| state.uid() == 0)
}
