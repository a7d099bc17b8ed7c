//! Signed links: whoever holds one may acknowledge the incident of one notice, until it expires.
//!
//! A token is `<payload>.<mac>`, both in unpadded URL-safe base64. The payload is
//! `1|<expiry in milliseconds since 1970>|<id of the notice>`, the MAC is HMAC-SHA256 (RFC 2104)
//! of the payload under the daemon's key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fengbiao_model::{IncidentId, LedgerId, NoticeId, NoticeKey, ReceiverId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::limits::{MAX_TOKEN_BYTES, SIGNING_KEY_BYTES};

/// The first part of a payload: the form it has.
const FORM: &str = "1";

/// The secret that links are signed with. It is never shown.
#[derive(Clone)]
pub struct SigningKey([u8; SIGNING_KEY_BYTES]);

impl SigningKey {
    /// A key of 32 random bytes. Whoever knows it can acknowledge anything.
    #[must_use]
    pub const fn new(bytes: [u8; SIGNING_KEY_BYTES]) -> Self {
        Self(bytes)
    }

    #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn mac(&self, payload: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key");
        mac.update(payload.as_bytes());
        mac
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// Why a token opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was not signed with this key, or was changed, or is no token.
    #[error("the link is not valid")]
    Forged,
    /// It speaks of a notice of another ledger, where the same key may be another incident's.
    #[error("the link is of another ledger")]
    OtherLedger,
    /// It was valid until `at`.
    #[error("the link has expired")]
    Expired {
        /// Its end.
        at: Timestamp,
    },
}

/// The token of a notice, valid before `expires`.
#[must_use]
pub fn sign(key: &SigningKey, notice: &NoticeId, expires: Timestamp) -> String {
    let payload = format!("{FORM}|{}|{notice}", expires.as_millis());
    let mac = key.mac(&payload).finalize().into_bytes();
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(&payload),
        URL_SAFE_NO_PAD.encode(mac)
    )
}

/// The notice of `ledger` that a token speaks of. The signature is compared in constant time and before
/// anything in the token is believed.
pub fn verify(
    key: &SigningKey,
    ledger: LedgerId,
    token: &str,
    now: Timestamp,
) -> Result<NoticeKey, TokenError> {
    let (payload, mac) = split(token).ok_or(TokenError::Forged)?;
    key.mac(&payload)
        .verify_slice(&mac)
        .map_err(|_| TokenError::Forged)?;
    let (expires, notice) = read(&payload).ok_or(TokenError::Forged)?;
    if now >= expires {
        Err(TokenError::Expired { at: expires })
    } else if notice.ledger != ledger {
        Err(TokenError::OtherLedger)
    } else {
        Ok(notice.key)
    }
}

fn split(token: &str) -> Option<(String, Vec<u8>)> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let (payload, mac) = token.split_once('.')?;
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    Some((payload, URL_SAFE_NO_PAD.decode(mac).ok()?))
}

fn read(payload: &str) -> Option<(Timestamp, NoticeId)> {
    let (form, rest) = payload.split_once('|')?;
    let (expires, notice) = rest.split_once('|')?;
    let expires = Timestamp::from_millis(expires.parse().ok()?);
    (form == FORM).then_some((expires, notice_id(notice)?))
}

/// The way back from the text of a `NoticeId`: a receiver's name has no dots.
fn notice_id(text: &str) -> Option<NoticeId> {
    let parts: Vec<&str> = text.split('.').collect();
    let [ledger, incident, change, rung, receiver, part] = parts[..] else {
        return None;
    };
    let key = NoticeKey {
        incident: IncidentId(incident.parse().ok()?),
        change: change.parse().ok()?,
        rung: rung.parse().ok()?,
        receiver: ReceiverId::new(receiver).ok()?,
        part: part.parse().ok()?,
    };
    let ledger = ledger.parse().ok()?;
    Some(NoticeId { ledger, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(digits: &str) -> LedgerId {
        digits.parse().unwrap()
    }

    fn notice() -> NoticeId {
        let key = NoticeKey {
            incident: IncidentId(7),
            change: 2,
            rung: 1,
            receiver: ReceiverId::new("duty-desk").unwrap(),
            part: 0,
        };
        let ledger = ledger("3fa94c1e");
        NoticeId { ledger, key }
    }

    fn verify(key: &SigningKey, token: &str, now: Timestamp) -> Result<NoticeKey, TokenError> {
        super::verify(key, notice().ledger, token, now)
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LATER: Timestamp = Timestamp::from_millis(2_000_000);

    #[test]
    fn a_token_opens_its_notice_until_it_expires() {
        let key = SigningKey::new([1; 32]);
        let token = sign(&key, &notice(), LATER);
        assert_eq!(verify(&key, &token, NOW), Ok(notice().key));
        assert_eq!(
            verify(&key, &token, LATER),
            Err(TokenError::Expired { at: LATER })
        );
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)),
            "{token}"
        );
    }

    /// The key that signs outlives a ledger that is lost, and the next one counts from the beginning.
    #[test]
    fn a_token_opens_nothing_of_another_ledger() {
        let key = SigningKey::new([1; 32]);
        let token = sign(&key, &notice(), LATER);
        let opened = |digits| super::verify(&key, ledger(digits), &token, NOW);
        assert_eq!(opened("3fa94c1e"), Ok(notice().key));
        assert_eq!(opened("3fa94c1f"), Err(TokenError::OtherLedger));
    }

    #[test]
    fn what_was_changed_or_signed_by_another_opens_nothing() {
        let key = SigningKey::new([1; 32]);
        let token = sign(&key, &notice(), LATER);
        let other = sign(&SigningKey::new([2; 32]), &notice(), LATER);
        let (payload, mac) = token.split_once('.').unwrap();
        let longer = URL_SAFE_NO_PAD.encode("1|9000000|3fa94c1e.7.2.1.duty-desk.0");
        let mut wrong = vec![
            String::new(),
            ".".to_owned(),
            payload.to_owned(),
            format!("{payload}."),
            format!(".{mac}"),
            format!("{longer}.{mac}"),
            format!("{payload}.{}", &mac[..mac.len() - 4]),
            format!("{token}{}", "A".repeat(MAX_TOKEN_BYTES)),
            other,
        ];
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            wrong.push(String::from_utf8(bytes).unwrap());
        }
        for token in wrong {
            assert_eq!(
                verify(&key, &token, NOW),
                Err(TokenError::Forged),
                "{token}"
            );
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        assert_eq!(
            format!("{:?}", SigningKey::new([65; 32])),
            "SigningKey(***)"
        );
    }
}
