//! The tables of a host's tabs: which columns there is room for.

use crate::domain::text::width;

use super::super::fleet::Row;
use super::super::model::Model;
use super::super::screen::host::HostScreen;
use super::super::screen::items::Item;
use super::super::screen::tab::Tab;
use super::super::widget::table::{Column, MARGIN};

/// A host's list about to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// The state.
    pub model: &'a Model,
    /// The screen.
    pub screen: &'a HostScreen,
    /// Columns there are.
    pub width: usize,
}

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the heads of the columns say it all")]
pub enum Col {
    Sign,
    Word,
    Control,
    Object,
    Observed,
    Remedy,
    Name,
    Image,
    State,
    User,
    Privileged,
    Caps,
    ReadOnly,
    Net,
    Memory,
    Findings,
    Setting,
    Effective,
    From,
    Wanted,
    Apply,
    Path,
    Kind,
    Owner,
    Mode,
    WantedMode,
    Audited,
    Verdict,
    Size,
    Age,
    UsedBy,
    Topic,
    Value,
}

/// The least width of the column that takes the rest of the room.
const REST: usize = 14;

impl Sheet<'_> {
    /// The columns of the tab for the room there is.
    pub fn columns(&self) -> Vec<(Col, Column)> {
        let share = |percent: usize| (self.width * percent / 100).max(6);
        let sign = (Col::Sign, Column::left("", 2));
        let word = (Col::Word, Column::left("", 4));
        match self.screen.tab {
            Tab::Findings => {
                let control = self.longest(7, share(36), |_, row| {
                    row.map_or(0, |row| width(row.result.control) + 2)
                });
                let object = self.longest(6, share(24), |_, row| {
                    row.map_or(0, |row| width(&row.result.subject.name))
                });
                let columns = vec![
                    sign,
                    word,
                    (Col::Control, Column::left("CONTROL", control)),
                    (Col::Object, Column::left("OBJECT", object)),
                    (Col::Remedy, Column::left("REMEDY", 9)),
                ];
                self.place(
                    columns,
                    (Col::Observed, "OBSERVED"),
                    &[Col::Remedy, Col::Word],
                )
            }
            Tab::Containers => self.container_columns(sign, share(32)),
            Tab::Images => self.image_columns(sign, share(44)),
            Tab::Host | Tab::Swarm => {
                let topic = self.longest(7, share(40), |item, row| {
                    row.map_or(0, |row| width(row.result.control))
                        .max(width(&item.name))
                });
                let columns = vec![
                    sign,
                    word,
                    (Col::Topic, Column::left("WHAT", topic)),
                    (Col::Object, Column::left("OBJECT", share(16))),
                ];
                let dropped = [Col::Object, Col::Word];
                self.place(columns, (Col::Value, "OBSERVED"), &dropped)
            }
            Tab::Daemon => {
                let setting = self.longest(14, share(30), |_, row| {
                    row.map_or(0, |row| width(row.result.control).saturating_sub(7))
                });
                let columns = vec![
                    sign,
                    word,
                    (Col::Setting, Column::left("SETTING", setting)),
                    (Col::Effective, Column::left("OBSERVED", share(28))),
                    (Col::From, Column::left("FROM", 12)),
                    (Col::Apply, Column::left("APPLY", 9)),
                ];
                let dropped = [Col::Apply, Col::From, Col::Word];
                self.place(columns, (Col::Wanted, "WANTED"), &dropped)
            }
            Tab::Permissions => {
                let path = self.longest(4, share(32), |item, _| width(&item.name));
                let columns = vec![
                    sign,
                    (Col::Path, Column::left("PATH", path)),
                    (Col::Kind, Column::left("TYPE", 7)),
                    (Col::Owner, Column::left("OWNER:GROUP", 13)),
                    (Col::Mode, Column::left("MODE", 4)),
                    (Col::WantedMode, Column::left("WANTED", 16)),
                    (Col::Audited, Column::left("AUDIT", 5)),
                ];
                let dropped = [Col::Audited, Col::Kind, Col::WantedMode, Col::Owner];
                self.place(columns, (Col::Verdict, "VERDICT"), &dropped)
            }
        }
    }

    fn image_columns(&self, sign: (Col, Column), most: usize) -> Vec<(Col, Column)> {
        let name = self.longest(5, most, |item, _| width(&item.name));
        let columns = vec![
            sign,
            (Col::Name, Column::left("IMAGE", name)),
            (Col::Size, Column::right("SIZE", 6)),
            (Col::Age, Column::right("AGE", 4)),
            (Col::User, Column::left("USER", 8)),
            (Col::Findings, Column::left("FINDINGS", 11)),
        ];
        let dropped = [Col::User, Col::Age, Col::Size];
        self.place(columns, (Col::UsedBy, "USED BY"), &dropped)
    }

    fn container_columns(&self, sign: (Col, Column), most: usize) -> Vec<(Col, Column)> {
        let name = self.longest(4, most, |item, _| width(&item.name));
        let columns = vec![
            sign,
            (Col::Name, Column::left("NAME", name)),
            (Col::State, Column::left("STATE", 10)),
            (Col::User, Column::left("USER", 6)),
            (Col::Privileged, Column::left("PRIV", 4)),
            (Col::Caps, Column::left("CAPS", 10)),
            (Col::ReadOnly, Column::left("RO", 3)),
            (Col::Net, Column::left("NET", 8)),
            (Col::Memory, Column::right("MEM", 5)),
            (Col::Findings, Column::left("FINDINGS", 11)),
        ];
        let dropped = [
            Col::Net,
            Col::Caps,
            Col::Memory,
            Col::ReadOnly,
            Col::State,
            Col::User,
            Col::Privileged,
        ];
        self.place(columns, (Col::Image, "IMAGE"), &dropped)
    }

    /// The widest text that `of` measures in the list, but at least `least` and at most `most`.
    fn longest(
        &self,
        least: usize,
        most: usize,
        of: impl Fn(&Item, Option<&Row>) -> usize,
    ) -> usize {
        let items = &self.screen.list().items;
        let widest = items.iter().map(|item| of(item, self.first(item))).max();
        widest.unwrap_or(0).clamp(least, most.max(least))
    }

    /// Adds the column that takes the rest of the room, after dropping what leaves it too little.
    fn place(
        &self,
        mut columns: Vec<(Col, Column)>,
        (last, head): (Col, &'static str),
        dropped: &[Col],
    ) -> Vec<(Col, Column)> {
        let taken = |columns: &[(Col, Column)]| {
            MARGIN
                + columns
                    .iter()
                    .map(|(_, column)| column.width + 1)
                    .sum::<usize>()
        };
        for col in dropped {
            if taken(&columns) + REST <= self.width {
                break;
            }
            columns.retain(|(kept, _)| kept != col);
        }
        let rest = self.width.saturating_sub(taken(&columns));
        // An image is read after the name; every other wide column ends its line.
        let (at, rest) = if last == Col::Image {
            (2, rest.saturating_sub(1))
        } else {
            (columns.len(), rest)
        };
        columns.insert(at, (last, Column::left(head, rest)));
        columns
    }
}
