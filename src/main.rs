//! The program: a thin entrance to the library.
fn main() {}
