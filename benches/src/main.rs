//! Measurements beside the bare limit, in one run.

fn main() {}
