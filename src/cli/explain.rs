//! `plimsoll explain`: controls in full.

use super::args::{Common, ExplainArgs};
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::controls;
use crate::report::catalogue::{Catalogue, Unknown};
use crate::report::explain::explain;

pub(super) fn run(
    args: &ExplainArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let catalogue = Catalogue::new(controls::all());
    let style = out::terminal().style(common, environment);
    let mut pages: Vec<String> = Vec::new();
    for query in &args.queries {
        let found = catalogue.find(query).map_err(|e| unknown(&e))?;
        pages.extend(
            found
                .iter()
                .map(|control| explain(&catalogue, control, &style)),
        );
    }
    pages.dedup();
    let rule = format!("\n{}\n\n", "-".repeat(style.width));
    out::print(&pages.join(&rule)).map_err(unwritable("the explanation"))?;
    Ok(0)
}

fn unknown(unknown: &Unknown) -> Error {
    let hint = if unknown.near.is_empty() {
        "plimsoll controls lists them all".to_owned()
    } else {
        format!("did you mean {}?", unknown.near.join(" or "))
    };
    Error::usage(unknown.to_string()).hint(hint)
}
