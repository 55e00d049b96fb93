//! The one test binary for everything that needs no real engine.

mod architecture;
