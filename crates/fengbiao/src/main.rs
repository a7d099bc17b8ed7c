//! Fengbiao: early warning over public posts in Chinese.

fn main() {}
