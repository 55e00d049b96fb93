//! The entry that `PLIMSOLL_FUZZ` names, under libFuzzer. One program for all of them: linking is what takes time.

#![no_main]

#[path = "../entries.rs"]
mod entries;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static ENTRY: OnceLock<fn(&[u8])> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let entry = ENTRY.get_or_init(|| {
        let wanted = std::env::var("PLIMSOLL_FUZZ").unwrap_or_default();
        let found = entries::ENTRIES.iter().find(|(name, _)| *name == wanted);
        found
            .unwrap_or_else(|| panic!("PLIMSOLL_FUZZ names no entry: {wanted:?}"))
            .1
    });
    entry(data);
});
