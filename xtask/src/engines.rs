//! `cargo xtask neon` and `cargo xtask miri`: the scan's tests where this processor cannot run them,
//! and some of them under an interpreter that sees undefined behaviour in what they run.
//!
//! Miri runs what reaches unsafe code, with AVX2, which it knows: a sweep over the lengths at which
//! blocks and loads end, and texts with every kind of character, folded, looked up and searched, by the
//! filter. It does not run the portable code and the automaton, which have no unsafe code of ours, nor
//! NEON, nor AVX-512, which it is not given, nor the long sweep and the property tests, which would take
//! it hours. AVX-512 is run by the fuzzer, which is built with the address sanitizer, on a processor
//! that has it.

use std::process::Command;

use anyhow::{Context, ensure};

use crate::{cargo, root};

const NEON_TARGET: &str = "aarch64-unknown-linux-gnu";
/// A cross compiler and an emulator.
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";
/// Linked whole: qemu 7.2 never comes back from the loader's making of a thread.
const STATIC: &str = "-C target-feature=+crt-static";
/// The tests that hold every engine and instruction set against the oracle.
const TESTS: [&str; 4] = ["-p", "fengbiao-matcher", "--lib", "scan"];

/// NEON under `qemu-user`.
pub(crate) fn neon() -> anyhow::Result<bool> {
    for program in [LINKER, EMULATOR] {
        let found = Command::new(program).arg("--version").output();
        ensure!(
            found.is_ok_and(|output| output.status.success()),
            "`{program}` does not run\nhint: install a cross compiler for aarch64 and qemu-user, and \
             `rustup target add {NEON_TARGET}`"
        );
    }
    let mut command = cargo();
    command
        .args(["test", "--target", NEON_TARGET])
        .args(TESTS)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", EMULATOR)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", STATIC);
    succeeds(&mut command)
}

/// What Miri runs: the tests of [`TESTS`] that go through every kernel of AVX2.
const UNDER_MIRI: [&str; 2] = [
    "scan::tests::a_text_that_ends_at_an_edge_is_read_to_its_end_and_no_further",
    "scan::tests::overlapping_occurrences_are_all_told_over_their_own_bytes",
];

/// Miri, with AVX2.
pub(crate) fn miri() -> anyhow::Result<bool> {
    // By the proxy, since the cargo that runs this task is of another toolchain.
    let mut command = Command::new("cargo");
    command
        .args([
            "+nightly",
            "miri",
            "test",
            "-p",
            "fengbiao-matcher",
            "--lib",
        ])
        .args(["--", "--exact"])
        .args(UNDER_MIRI)
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("RUSTFLAGS", "-C target-feature=+avx2,+popcnt")
        .env("MIRIFLAGS", "-Zmiri-disable-isolation");
    succeeds(&mut command)
}

fn succeeds(command: &mut Command) -> anyhow::Result<bool> {
    let status = command.current_dir(root()?).status();
    Ok(status
        .with_context(|| format!("running {command:?}"))?
        .success())
}
