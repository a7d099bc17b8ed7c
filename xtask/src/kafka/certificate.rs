//! The brokers' certificates: made at each start, each signed by itself, good for loopback only; one
//! of them has expired, so that a test can see what is said of that.

use std::path::{Path, PathBuf};

use super::tools::{Tools, complete};

/// A year: a broker that was started by hand may run for as long as a checkout is worked in. It is
/// good for loopback only, and made anew at each start.
const VALIDITY_DAYS: u32 = 365;

/// When a certificate is good.
#[derive(Clone, Copy)]
enum Validity {
    FromNow,
    UntilYesterday,
}

/// The key of the brokers, and the certificate that their clients must trust.
pub(super) struct Certificate {
    /// Key and certificate for the broker (PKCS #12).
    pub(super) keystore: PathBuf,
    /// The certificate for clients (PEM).
    pub(super) authority: PathBuf,
    validity: Validity,
}

impl Certificate {
    /// Where the files of a run are.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            keystore: folder.join("broker.p12"),
            authority: folder.join("authority.pem"),
            validity: Validity::FromNow,
        }
    }

    /// The same of the one that has expired.
    pub(super) fn expired_in(folder: &Path) -> Self {
        Self {
            keystore: folder.join("expired.p12"),
            authority: folder.join("expired.pem"),
            validity: Validity::UntilYesterday,
        }
    }

    /// Makes the files; the keystore opens with `password`.
    pub(super) fn make(&self, tools: &Tools, password: &str) -> anyhow::Result<()> {
        let year = VALIDITY_DAYS.to_string();
        let validity: &[&str] = match self.validity {
            Validity::FromNow => &["-validity", &year],
            Validity::UntilYesterday => &["-startdate", "-2d", "-validity", "1"],
        };
        let store = |command: &str| {
            let mut keytool = tools.keytool();
            keytool.arg(command).arg("-keystore").arg(&self.keystore);
            // In the environment rather than among the arguments, which every user can list.
            keytool.env("KEYSTORE_PASSWORD", password);
            keytool.args(["-storepass:env", "KEYSTORE_PASSWORD", "-alias", "broker"]);
            keytool
        };
        complete(
            store("-genkeypair")
                .args([
                    "-storetype",
                    "PKCS12",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                ])
                .args(["-dname", "CN=localhost"])
                .args(validity)
                .args(["-ext", "san=dns:localhost,ip:127.0.0.1", "-ext", "bc:c"]),
            "make the brokers' key",
        )?;
        complete(
            store("-exportcert")
                .arg("-rfc")
                .arg("-file")
                .arg(&self.authority),
            "write the brokers' certificate",
        )?;
        Ok(())
    }
}
