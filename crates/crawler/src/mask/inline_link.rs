//! Links inside a text: the part that names a person is masked, the link stays.

use super::{Canvas, narrow};
use crate::limits::{MAX_BARE_HOST_CHARS, MAX_INLINE_LINK_CHARS};

/// Sites whose paths begin with the name or number of an account.
const ACCOUNT_FIRST: [&str; 12] = [
    "weibo.com",
    "weibo.cn",
    "x.com",
    "twitter.com",
    "space.bilibili.com",
    "instagram.com",
    "facebook.com",
    "xueqiu.com",
    "t.me",
    "threads.net",
    "threads.com",
    "jianshu.com",
];

/// First segments of those sites that are no accounts.
const NO_ACCOUNTS: [&str; 22] = [
    "status",
    "detail",
    "p",
    "tv",
    "ttarticle",
    "article",
    "show",
    "a",
    "i",
    "u",
    "n",
    "profile",
    "search",
    "hashtag",
    "explore",
    "reel",
    "share",
    "s",
    "user",
    "users",
    "watch",
    "events",
];

/// Path segments after which an account is named.
const BEFORE_ACCOUNT: [&str; 14] = [
    "u", "n", "user", "users", "people", "profile", "author", "authors", "member", "members",
    "account", "channel", "space", "@",
];

/// Keys of a query whose value names a person.
pub(crate) const PERSON_QUERY_KEYS: [&str; 26] = [
    "uid",
    "user",
    "userid",
    "user_id",
    "username",
    "user_name",
    "author",
    "authorid",
    "author_id",
    "from_uid",
    "share_uid",
    "shareuid",
    "sharer",
    "sec_uid",
    "sec_user_id",
    "screen_name",
    "nickname",
    "nick",
    "openid",
    "open_id",
    "unionid",
    "email",
    "mail",
    "phone",
    "mobile",
    "tel",
];

/// Whether `host` is `site` or lies below it.
pub(crate) fn host_is(host: &str, site: &str) -> bool {
    host == site
        || host
            .strip_suffix(site)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// Masks the accounts in every link: after `http://` or `https://`, and in bare links to the sites
/// that begin with an account.
pub(super) fn mask_links(canvas: &mut Canvas) {
    let mut at = 0;
    while at < canvas.chars.len() {
        let rest = &canvas.chars[at..];
        let scheme = ["https://", "http://"]
            .iter()
            .find(|scheme| starts_with(rest, scheme));
        let begins_word = at == 0 || !is_host_char(canvas.chars[at - 1]);
        if let Some(scheme) = scheme {
            let start = at + scheme.len();
            let end = link_end(&canvas.chars, start);
            mask_link(canvas, start, end);
            at = end.max(start);
        } else if begins_word && is_bare_link(rest) {
            let end = link_end(&canvas.chars, at);
            mask_link(canvas, at, end);
            at = end;
        } else {
            at += 1;
        }
    }
}

fn starts_with(chars: &[char], text: &str) -> bool {
    let mut found = chars.iter();
    text.chars()
        .all(|c| found.next().is_some_and(|f| f.eq_ignore_ascii_case(&c)))
}

fn is_host_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.' || c == '-'
}

/// A link without scheme: `weibo.com/…`, `www.weibo.com/…`, `m.weibo.cn/…`.
fn is_bare_link(chars: &[char]) -> bool {
    let host: String = chars
        .iter()
        .take_while(|&&c| is_host_char(c))
        .take(MAX_BARE_HOST_CHARS)
        .collect();
    let host = host.to_ascii_lowercase();
    chars.get(host.len()) == Some(&'/') && ACCOUNT_FIRST.iter().any(|site| host_is(&host, site))
}

/// A link ends at white space, at a quote or bracket, or at a character that is not ASCII, unless
/// that begins or continues a name of its own in the path or the query (`weibo.com/n/…`).
fn link_end(chars: &[char], start: usize) -> usize {
    let bound = chars.len().min(start + MAX_INLINE_LINK_CHARS);
    let mut names = false;
    for (at, &c) in chars[start..bound].iter().enumerate() {
        if c.is_ascii() {
            names = matches!(c, '/' | '=' | '@');
        }
        let of_the_link = c.is_ascii() || (names && c.is_alphanumeric());
        let closes = matches!(
            c,
            '"' | '<' | '>' | '\'' | '`' | '|' | '\\' | '^' | '{' | '}'
        );
        if !of_the_link || closes || c.is_whitespace() || c.is_control() {
            return start + at;
        }
    }
    bound
}

fn mask_link(canvas: &mut Canvas, start: usize, end: usize) {
    let ends_host = |c: &char| matches!(c, '/' | '?' | '#');
    let authority = canvas.chars[start..end]
        .iter()
        .position(ends_host)
        .map_or(end, |n| start + n);
    let host_start = match canvas.chars[start..authority]
        .iter()
        .rposition(|&c| c == '@')
    {
        Some(n) => {
            canvas.mask(start, start + n);
            start + n + 1
        }
        None => start,
    };
    let host: String = canvas.chars[host_start..authority].iter().collect();
    let host = host
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let find = |canvas: &Canvas, from: usize, wanted: &[char]| {
        let found = canvas.chars[from..end]
            .iter()
            .position(|c| wanted.contains(c));
        found.map_or(end, |n| from + n)
    };
    let path_end = find(canvas, authority, &['?', '#']);
    mask_path(canvas, &host, authority, path_end);
    mask_query(canvas, path_end, end);
}

fn mask_path(canvas: &mut Canvas, host: &str, start: usize, end: usize) {
    let account_first = ACCOUNT_FIRST.iter().any(|site| host_is(host, site));
    let mut before = String::new();
    let mut index = 0;
    let mut at = start;
    while at < end {
        let from = at + 1;
        at = (from..end).find(|&i| canvas.chars[i] == '/').unwrap_or(end);
        let segment: String = canvas.chars[from.min(at)..at]
            .iter()
            .map(|&c| narrow(c).to_ascii_lowercase())
            .collect();
        if segment.is_empty() {
            continue;
        }
        let first = index == 0 && account_first && !NO_ACCOUNTS.contains(&segment.as_str());
        let after = BEFORE_ACCOUNT.contains(&before.as_str())
            && !(BEFORE_ACCOUNT.contains(&segment.as_str()) && at < end);
        if first || after || segment.starts_with('@') {
            canvas.mask(from, at);
        }
        before = segment;
        index += 1;
    }
}

fn mask_query(canvas: &mut Canvas, start: usize, end: usize) {
    let mut at = start;
    while at < end {
        let from = at + 1;
        at = (from..end)
            .find(|&i| matches!(canvas.chars[i], '&' | '#' | '?'))
            .unwrap_or(end);
        let equals = (from..at).find(|&i| canvas.chars[i] == '=');
        let Some(equals) = equals else { continue };
        let key: String = canvas.chars[from..equals].iter().collect();
        if PERSON_QUERY_KEYS.contains(&key.to_ascii_lowercase().as_str()) {
            canvas.mask(equals + 1, at);
        }
    }
}
