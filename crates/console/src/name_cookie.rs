//! The name that somebody gave on the page, kept in their browser, so that whoever is woken again need
//! not type it again.
//!
//! It is a name of staff, never of an author, and no right comes with it: the signed link is what lets
//! people in, and the form asks for the name as before. It goes to the folder of the links alone: that
//! is what a browser takes where no `Path` is written, also where a proxy puts the links into a folder
//! of its own. `SameSite=Lax`, since links are opened from mail and messengers, which are other sites:
//! with `Strict` a browser would hold the name back just there.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fengbiao_model::Actor;

use crate::limits::{MAX_NAME_COOKIE_BYTES, NAME_COOKIE_SECS};

const NAME: &str = "fengbiao_by";

/// The header that lets the browser keep a name: its UTF-8 in URL-safe base64, since a cookie takes
/// ASCII only.
pub(crate) fn keep(by: &Actor) -> Option<HeaderValue> {
    let value = URL_SAFE_NO_PAD.encode(by.as_str());
    let cookie = format!("{NAME}={value}; Max-Age={NAME_COOKIE_SECS}; SameSite=Lax; HttpOnly");
    HeaderValue::from_str(&cookie).ok()
}

/// The name that the browser has kept, where it is one that the form would take.
pub(crate) fn kept(headers: &HeaderMap) -> Option<Actor> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all.filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';'));
    let value = pairs.find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))?;
    if value.len() > MAX_NAME_COOKIE_BYTES {
        return None;
    }
    let name = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    Actor::person(&name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cookies: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        let kept = kept(&headers);
        assert_eq!(kept.as_ref().map(Actor::as_str), expected, "{cookies:?}");
    }

    fn encoded(name: &str) -> String {
        format!("{NAME}={}", URL_SAFE_NO_PAD.encode(name))
    }

    #[test]
    fn what_was_kept_comes_back() {
        for name in ["值班员 李明", "a;b, \"c\"=<d>", &"名".repeat(42)] {
            let header = keep(&Actor::person(name).unwrap()).unwrap();
            let header = header.to_str().unwrap().to_owned();
            let (pair, attributes) = header.split_once("; ").unwrap();
            assert_eq!(attributes, "Max-Age=31536000; SameSite=Lax; HttpOnly");
            check(&[pair], Some(name));
            check(&["a=b", &format!("c=d; {pair}; e")], Some(name));
        }
    }

    #[test]
    fn what_the_form_would_not_take_is_no_name() {
        for wrong in ["", " ", "fengbiao", "a\u{202e}b", "a\nb", &"x".repeat(129)] {
            check(&[&encoded(wrong)], None);
        }
        check(&[], None);
        check(&["fengbiao_by"], None);
        check(&["fengbiao_by=!"], None);
        check(&[&format!("x{}", encoded("li"))], None);
        check(&[&format!("{NAME}={}", "YQ".repeat(5_000))], None);
    }
}
