//! What a key can mean: its name in the configuration file, its words in the footer and its sentence in help.

/// Makes the actions from one table, so that none lacks a name or a sentence.
macro_rules! actions {
    ($($action:ident, $name:literal, $short:literal, $about:literal;)*) => {
        /// Something the person asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "`about` says what each does")]
        pub enum Action {
            $($action,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// Its name in the configuration file.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)*
                }
            }

            /// A word or two for the footer.
            pub const fn short(self) -> &'static str {
                match self {
                    $(Self::$action => $short,)*
                }
            }

            /// A sentence for help.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$action => $about,)*
                }
            }
        }
    };
}

actions! {
    Down, "down", "move", "move down";
    Up, "up", "move", "move up";
    Top, "top", "top", "go to the top";
    Bottom, "bottom", "end", "go to the end";
    PageDown, "page-down", "page", "one page down";
    PageUp, "page-up", "page", "one page up";
    HalfDown, "half-down", "half page", "half a page down";
    HalfUp, "half-up", "half page", "half a page up";
    Enter, "enter", "open", "go in: host, then evidence";
    Back, "back", "back", "close what is open, clear the filter, go out one level; never quits";
    Close, "close", "back", "close this";
    NextPane, "next-pane", "pane", "next pane";
    PreviousPane, "previous-pane", "pane", "previous pane";
    Zoom, "zoom", "zoom", "give the evidence the whole screen, and back";
    ShowFindings, "show-findings", "findings", "findings of this host";
    ShowContainers, "show-containers", "containers", "containers of this host";
    ShowImages, "show-images", "images", "images on this host, those in use in detail";
    ShowDaemon, "show-daemon", "daemon", "daemon settings of this host";
    ShowPermissions, "show-permissions", "permissions", "files, sockets and groups of this host";
    ShowHost, "show-host", "host", "system, kernel, file systems, listeners, audit and units of this host";
    ShowSwarm, "show-swarm", "swarm", "the swarm that this host is a node of";
    Pivot, "fix-once", "fix once", "what fails in the whole fleet, by control: fix once, clears N; and back";
    Across, "across", "everywhere", "the same control or image on every host, equal rows folded";
    Images, "images", "images", "the images of the fleet, and which hosts hold them";
    Waivers, "waivers", "waivers", "findings that were accepted, until when and for what";
    Palette, "palette", "command", "type where to go or what to do: hosts, controls, containers, commands";
    Go, "go", "go", "go to the selected line, or do it";
    Leave, "leave", "leave", "leave without doing anything";
    GoBack, "go-back", "last", "go back to the screen before";
    GoAhead, "go-ahead", "ahead", "go to the screen that was gone back from";
    NextHost, "next-host", "next host", "next host of the list, without going out";
    PreviousHost, "previous-host", "previous host", "previous host of the list, without going out";
    Filter, "filter", "filter", "filter this list while typing";
    Sort, "sort", "sort", "choose what the list is sorted by";
    Reverse, "reverse", "reverse", "reverse the order";
    Problems, "problems", "problems", "show problems only, or everything";
    Mark, "mark", "mark", "mark this row, or take its mark away";
    MarkRange, "mark-range", "mark to here", "mark every row from the one marked last to this one";
    MarkAll, "mark-all", "mark all", "mark all rows shown, or take all marks away";
    Reread, "reread", "re-read", "read the marked hosts again, or this one";
    RereadAll, "reread-all", "re-read all", "read every host of the list again";
    Explain, "explain", "explain", "explain this control: why, how it is judged, how it is put right";
    Copy, "copy", "copy", "copy something of this row";
    CopyRow, "copy-row", "row", "copy the row as shown";
    CopyId, "copy-id", "id", "copy the id";
    CopyJson, "copy-json", "JSON", "copy the row as one line of JSON";
    CopyHost, "copy-host", "host", "copy the host's name";
    CopyCommand, "copy-command", "command", "copy a command that reaches the host the same way";
    Export, "export", "export", "write what is shown into a file";
    ExportCsv, "export-csv", "CSV", "as comma-separated values";
    ExportJson, "export-json", "JSON", "as JSON";
    ExportMarkdown, "export-markdown", "Markdown", "as a table in Markdown";
    Mouse, "mouse", "mouse", "take the mouse, or leave it to the terminal, which then can select text";
    Theme, "theme", "theme", "choose a theme; each is shown while it is chosen";
    Help, "help", "help", "this help; again: the legend";
    Redraw, "redraw", "redraw", "draw the whole screen again";
    Suspend, "suspend", "suspend", "suspend; the shell's fg brings it back";
    Quit, "quit", "quit", "quit; asks while a sweep runs";
    QuitNow, "quit-now", "quit", "stop the sweep and quit";
    Interrupt, "interrupt", "stop", "stop what runs; twice within two seconds: quit with code 130";
    Tick, "tick", "tick", "tick this key, or take its tick away";
    TickAll, "tick-all", "tick all", "tick all keys, or take all ticks away";
    Trust, "trust", "trust ticked", "trust the ticked keys and put them on file; the rest is refused";
    Answer, "answer", "answer", "hand over what was typed";
    Decline, "decline", "decline", "give no answer: what was asked for is refused";
    Fix, "fix", "fix", "show the plan that puts this finding right; changes nothing";
    Undo, "undo", "undo", "show how the last repair of this host is taken back; changes nothing";
    Apply, "apply", "apply", "apply what is shown, where its risk is low";
    ApplyStrongly, "apply-medium", "apply", "apply what is shown, where its risk is medium";
    ApplyTyped, "apply-typed", "apply", "apply what is shown, once the host's name was typed";
}

impl Action {
    /// Whether it applies a plan.
    pub fn applies(self) -> bool {
        matches!(self, Self::Apply | Self::ApplyStrongly | Self::ApplyTyped)
    }

    /// Whether it is about changing hosts: nobody is offered that who may only read.
    pub fn changes(self) -> bool {
        self.applies() || matches!(self, Self::Fix | Self::Undo)
    }

    /// The action called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.name() == name)
    }
}
