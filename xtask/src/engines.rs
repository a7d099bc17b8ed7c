//! `cargo xtask neon` and `cargo xtask miri`: the scan's tests where this processor cannot run them,
//! and the short ones of them under an interpreter that sees undefined behaviour in what they run: a
//! sweep over the lengths at which blocks and loads end, and texts with every kind of character. The
//! long sweep and the property tests would take it hours.

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

/// Miri, first with the portable code, then with AVX2, which it knows too.
pub(crate) fn miri() -> anyhow::Result<bool> {
    let mut passed = true;
    for flags in ["", "-C target-feature=+avx2,+popcnt"] {
        // By the proxy, since the cargo that runs this task is of another toolchain.
        let mut command = Command::new("cargo");
        command
            .args(["+nightly", "miri", "test"])
            .args(TESTS)
            .env_remove("CARGO")
            .env_remove("RUSTUP_TOOLCHAIN")
            .env("RUSTFLAGS", flags)
            .env("MIRIFLAGS", "-Zmiri-disable-isolation");
        passed &= succeeds(&mut command)?;
    }
    Ok(passed)
}

fn succeeds(command: &mut Command) -> anyhow::Result<bool> {
    let status = command.current_dir(root()?).status();
    Ok(status
        .with_context(|| format!("running {command:?}"))?
        .success())
}
