//! Signatures after Standard Webhooks (version `v1`, HMAC-SHA256).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::limits::SIGNING_KEY_BYTES;
use crate::{Secret, SetupError};

/// A signing key in its raw bytes. It shows itself as `***`.
#[derive(Clone)]
pub struct SigningSecret(Hmac<Sha256>);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl SigningSecret {
    /// Reads `whsec_` and base64. `number` (from 1) names the secret in an error.
    ///
    /// # Errors
    /// [`SetupError::SigningSecret`] where it is of another form, too short or too long.
    pub fn parse(secret: &Secret, number: usize) -> Result<Self, SetupError> {
        let wrong = |why: String| SetupError::SigningSecret { number, why };
        let Some(text) = secret.reveal().strip_prefix("whsec_") else {
            return Err(wrong("does not begin with `whsec_`".to_owned()));
        };
        let key = STANDARD
            .decode(text)
            .map_err(|_| wrong("is not base64 after `whsec_`".to_owned()))?;
        if !SIGNING_KEY_BYTES.contains(&key.len()) {
            return Err(wrong(format!("has {} bytes", key.len())));
        }
        Hmac::new_from_slice(&key)
            .map(Self)
            .map_err(|_| wrong(format!("has {} bytes", key.len())))
    }

    fn sign(&self, signed: &Signed<'_>) -> String {
        let mut mac = self.0.clone();
        mac.update(signed.id.as_bytes());
        mac.update(b".");
        mac.update(signed.timestamp_secs.to_string().as_bytes());
        mac.update(b".");
        mac.update(signed.body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// What a signature covers.
struct Signed<'a> {
    id: &'a str,
    timestamp_secs: i64,
    body: &'a [u8],
}

/// The value of the header `webhook-signature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(String);

impl Signature {
    /// Signs `id.timestamp.body` with every secret, separated by spaces, so that a receiver may
    /// change from the old secret to the new one at its own time.
    #[must_use]
    pub fn of(secrets: &[SigningSecret], id: &str, timestamp_secs: i64, body: &[u8]) -> Self {
        let signed = Signed {
            id,
            timestamp_secs,
            body,
        };
        let all: Vec<String> = secrets.iter().map(|secret| secret.sign(&signed)).collect();
        Self(all.join(" "))
    }

    /// As it goes into the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICIAL: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_official_vector() {
        let secret = SigningSecret::parse(&Secret::new(OFFICIAL), 1).unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = br#"{"test": 2432232314}"#;
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let one = Signature::of(std::slice::from_ref(&secret), id, 1_614_265_330, body);
        assert_eq!(one.as_str(), expected);
        let two = Signature::of(&[secret.clone(), secret], id, 1_614_265_330, body);
        assert_eq!(two.as_str(), format!("{expected} {expected}"));
    }

    #[test]
    fn secrets_of_another_form_are_refused_without_being_shown() {
        let check = |text: &str, expected: &str| {
            let error = SigningSecret::parse(&Secret::new(text), 2)
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(expected), "{error}");
            assert!(text.is_empty() || !error.contains(text), "{error}");
        };
        check(
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "signing secret number 2 does not begin",
        );
        check("whsec_***", "signing secret number 2 is not base64");
        check(
            "whsec_YWJj",
            "signing secret number 2 has 3 bytes, expected `whsec_`",
        );
        check("", "signing secret number 2 does not begin");
    }
}
