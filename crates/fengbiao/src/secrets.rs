//! Secrets of an installation: made where none is given, kept where only their owner reads.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context, bail};

/// Bytes of a secret.
pub(crate) const SECRET_BYTES: usize = 32;

/// Fresh random bytes of the system.
pub(crate) fn random() -> anyhow::Result<[u8; SECRET_BYTES]> {
    let mut bytes = [0; SECRET_BYTES];
    let mut source = fs::File::open("/dev/urandom").context("opening `/dev/urandom`")?;
    source
        .read_exact(&mut bytes)
        .context("reading `/dev/urandom`")?;
    Ok(bytes)
}

/// The secret that the operator has put into a file: its hash, so that any form will do.
pub(crate) fn given(path: &Path) -> anyhow::Result<[u8; SECRET_BYTES]> {
    let text =
        fs::read(path).with_context(|| format!("reading the secret `{}`", path.display()))?;
    if text.len() < SECRET_BYTES {
        bail!(
            "the secret `{}` has {} bytes, at least {SECRET_BYTES} are needed\n\
             hint: `head -c 32 /dev/urandom | base64` makes one; every crawler needs the same",
            path.display(),
            text.len()
        );
    }
    Ok(*blake3::hash(&text).as_bytes())
}

/// Whether a file is fit to hold a secret, by its place, its length and who may read it: nothing of
/// what it holds is said.
pub(crate) fn look(path: &Path) -> anyhow::Result<()> {
    let text =
        fs::read(path).with_context(|| format!("reading the secret `{}`", path.display()))?;
    if text.trim_ascii().is_empty() {
        bail!(
            "the secret `{0}` is empty\nhint: write it there, or name another file",
            path.display()
        );
    }
    let mode = fs::metadata(path)
        .with_context(|| format!("looking at the secret `{}`", path.display()))?
        .permissions()
        .mode()
        & 0o777;
    if mode & 0o007 != 0 {
        bail!(
            "the secret `{0}` may be used by everybody on this machine: its mode is `{mode:04o}`\n\
             hint: `chmod o-rwx {0}`, with an owner or a group that fengbiao runs as",
            path.display()
        );
    }
    Ok(())
}

/// The secret kept in a file of the data directory; it is made where it is missing.
pub(crate) fn kept(path: &Path) -> anyhow::Result<[u8; SECRET_BYTES]> {
    let shown = || format!("the secret `{}`", path.display());
    match fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|bytes: Vec<u8>| {
            anyhow::anyhow!(
                "{} has {} bytes, expected {SECRET_BYTES}\n\
                 hint: bring it back from a backup; if it is moved away a new one is made, and what \
                 the old one signed or named is not known again",
                shown(),
                bytes.len()
            )
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let bytes = random()?;
            // Whole under its own name or not at all.
            let new = path.with_extension("new");
            fs::remove_file(&new).ok();
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)
                .with_context(shown)?;
            file.write_all(&bytes)
                .and_then(|()| file.sync_all())
                .with_context(shown)?;
            fs::rename(&new, path).with_context(shown)?;
            Ok(bytes)
        }
        Err(error) => Err(error).with_context(shown),
    }
}

/// The token that push and API ask for.
pub(crate) fn token(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("reading the token `{}`", path.display()))?;
    let text = text.trim();
    if text.len() < SECRET_BYTES {
        bail!(
            "the token in `{}` has {} characters, at least {SECRET_BYTES} are needed\n\
             hint: `head -c 32 /dev/urandom | base64` makes one",
            path.display(),
            text.len()
        );
    }
    Ok(text.to_owned())
}
