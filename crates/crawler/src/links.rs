//! Canonical links: one form per page, without an author where the service has such a form.
//!
//! | service | what comes | what is stored |
//! |---|---|---|
//! | Weibo | `weibo.com/<account>/<id>`, `m.weibo.cn/<account>/<id>`, `weibo.com/detail/<id>` | `https://m.weibo.cn/status/<id>` |
//! | X | `x.com/<account>/status/<id>`, `twitter.com/…`, `mobile.twitter.com/…` | `https://x.com/i/status/<id>` |
//! | Mastodon | `<host>/@<account>/<id>`, `<host>/users/<account>/statuses/<id>` | `https://<host>/web/statuses/<id>` |
//! | Douyin | `www.douyin.com/user/<account>?modal_id=<id>` | `https://www.douyin.com/video/<id>` |
//! | Xiaohongshu | `xiaohongshu.com/user/profile/<account>/<id>` | `https://www.xiaohongshu.com/explore/<id>` |
//! | Bilibili | `space.bilibili.com/<account>/dynamic/<id>` | `https://t.bilibili.com/<id>` |
//! | Instagram | `instagram.com/<account>/p/<id>` (or `reel`) | `https://www.instagram.com/p/<id>/` |
//! | Medium | `medium.com/@<account>/<slug>-<id>` | `https://medium.com/p/<id>` |
//! | WeChat articles | `mp.weixin.qq.com/s?__biz&mid&idx&sn…` | the same with only these four |
//!
//! The forms are those that the services' own pages use or redirect (looked at as of 2025); Zhihu,
//! Tieba, Bilibili videos and news sites name no author in a link. Services without such a form
//! (Bluesky, Facebook, Xueqiu) keep theirs: without it nobody could verify the post.
//!
//! Everywhere: credentials, the fragment, default ports and parameters that only track are
//! dropped, and so are parameters that name a person.

use url::Url;

use crate::mask::{PERSON_QUERY_KEYS, host_is};

/// Parameters that say how a reader came, not what is read. A trailing `_` names a family.
const TRACKING: [&str; 42] = [
    "utm_",
    "spm",
    "scm",
    "from",
    "from_",
    "share",
    "share_",
    "shared",
    "sharesource",
    "is_from_webapp",
    "isappinstalled",
    "fbclid",
    "gclid",
    "msclkid",
    "yclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "ref",
    "ref_",
    "ref_src",
    "ref_url",
    "referer",
    "referrer",
    "refer_flag",
    "source_from",
    "vd_source",
    "seid",
    "launchid",
    "wfr",
    "bdfr",
    "fr",
    "timestamp",
    "tt_from",
    "app_version",
    "clicktime",
    "enterid",
    "wm",
    "jumpfrom",
    "sudaref",
    "retcode",
];

/// The canonical form of a link, none where it is no absolute `http` or `https` link.
#[must_use]
pub fn canonical(link: &str) -> Option<String> {
    let mut url = Url::parse(link.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?.trim_end_matches('.').to_owned();
    if let Some(form) = without_author(&url, &host) {
        return Some(form);
    }
    // Both only fail on links without a host.
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    keep_parameters(&mut url, &host);
    Some(url.into())
}

fn keep_parameters(url: &mut Url, host: &str) {
    let wechat = host_is(host, "mp.weixin.qq.com");
    let keeps = |key: &str| {
        if wechat {
            matches!(key, "__biz" | "mid" | "idx" | "sn")
        } else {
            !is_dropped(key)
        }
    };
    let Some(query) = url.query() else { return };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            keeps(
                &pair
                    .split('=')
                    .next()
                    .unwrap_or_default()
                    .to_ascii_lowercase(),
            )
        })
        .filter(|pair| !pair.is_empty())
        .collect();
    let kept = kept.join("&");
    url.set_query((!kept.is_empty()).then_some(kept.as_str()));
}

fn is_dropped(key: &str) -> bool {
    let tracks = |name: &str| key == name || (name.ends_with('_') && key.starts_with(name));
    TRACKING.iter().any(|name| tracks(name)) || PERSON_QUERY_KEYS.contains(&key)
}

fn without_author(url: &Url, host: &str) -> Option<String> {
    let path: Vec<&str> = url
        .path_segments()?
        .filter(|segment| !segment.is_empty())
        .collect();
    let on = |site: &str| host_is(host, site);
    match path.as_slice() {
        [account, id]
            if (on("weibo.com") || on("weibo.cn")) && is_weibo_account(account) && is_id(id) =>
        {
            Some(format!("https://m.weibo.cn/status/{id}"))
        }
        [_, "status", id, ..] if (on("x.com") || on("twitter.com")) && is_number(id) => {
            Some(format!("https://x.com/i/status/{id}"))
        }
        ["user", _] if on("douyin.com") => {
            let id = query_value(url, "modal_id").filter(|id| is_number(id))?;
            Some(format!("https://www.douyin.com/video/{id}"))
        }
        ["user", "profile", _, id] if on("xiaohongshu.com") && is_id(id) => {
            Some(format!("https://www.xiaohongshu.com/explore/{id}"))
        }
        [_, "dynamic", id] if on("space.bilibili.com") && is_number(id) => {
            Some(format!("https://t.bilibili.com/{id}"))
        }
        [_, "p" | "reel", id] if on("instagram.com") => {
            Some(format!("https://www.instagram.com/p/{id}/"))
        }
        [account, slug] if on("medium.com") && account.starts_with('@') => {
            let id = slug
                .rsplit('-')
                .next()
                .filter(|id| id.len() >= 8 && is_id(id))?;
            Some(format!("https://medium.com/p/{id}"))
        }
        [account, id] if account.starts_with('@') && is_number(id) => mastodon(url, id),
        ["users", _, "statuses", id] if is_number(id) => mastodon(url, id),
        _ => None,
    }
}

fn mastodon(url: &Url, id: &str) -> Option<String> {
    let origin = url.origin().ascii_serialization();
    (origin != "null").then(|| format!("{origin}/web/statuses/{id}"))
}

/// The number of an account, or a page that is reached without one.
fn is_weibo_account(segment: &str) -> bool {
    is_number(segment) || matches!(segment, "detail" | "status" | "statuses")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric())
}

fn query_value(url: &Url, key: &str) -> Option<String> {
    url.query_pairs()
        .find(|(found, _)| found == key)
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: &str, expected: &str) {
        assert_eq!(canonical(link).as_deref(), Some(expected), "{link}");
        assert_eq!(
            canonical(expected).as_deref(),
            Some(expected),
            "twice: {link}"
        );
    }

    #[test]
    fn links_lose_their_author_where_the_service_has_a_form_without() {
        check(
            "https://weibo.com/1234567890/NxAbCdEfG?refer_flag=1",
            "https://m.weibo.cn/status/NxAbCdEfG",
        );
        check(
            "http://www.weibo.com/1234567890/NxAbCdEfG#comment",
            "https://m.weibo.cn/status/NxAbCdEfG",
        );
        check(
            "https://m.weibo.cn/1234567890/4871234567890123",
            "https://m.weibo.cn/status/4871234567890123",
        );
        check(
            "https://weibo.com/detail/4871234567890123",
            "https://m.weibo.cn/status/4871234567890123",
        );
        check(
            "https://twitter.com/somebody/status/1234?s=20",
            "https://x.com/i/status/1234",
        );
        check(
            "https://x.com/somebody/status/1234/photo/1",
            "https://x.com/i/status/1234",
        );
        check(
            "https://social.example/@somebody/109876543210",
            "https://social.example/web/statuses/109876543210",
        );
        check(
            "https://social.example/users/a/statuses/10",
            "https://social.example/web/statuses/10",
        );
        check(
            "https://www.douyin.com/user/MS4w?modal_id=7301",
            "https://www.douyin.com/video/7301",
        );
        check(
            "https://www.xiaohongshu.com/user/profile/5f00/64ab",
            "https://www.xiaohongshu.com/explore/64ab",
        );
        check(
            "https://space.bilibili.com/12345/dynamic/678",
            "https://t.bilibili.com/678",
        );
        check(
            "https://www.instagram.com/somebody/p/C1a_-b/",
            "https://www.instagram.com/p/C1a_-b/",
        );
        check(
            "https://medium.com/@somebody/a-title-1a2b3c4d5e6f",
            "https://medium.com/p/1a2b3c4d5e6f",
        );
        check(
            "https://mp.weixin.qq.com/s?__biz=Mz&mid=22&idx=1&sn=ab&scene=21&chksm=f#wechat_redirect",
            "https://mp.weixin.qq.com/s?__biz=Mz&mid=22&idx=1&sn=ab",
        );
    }

    #[test]
    fn links_lose_what_only_tracks() {
        check(
            "HTTPS://user:pass@Example.org:443/a/?utm_source=x&id=7&spm=1.2&share_token=q#top",
            "https://example.org/a/?id=7",
        );
        check(
            "http://example.org:8080/?from=app",
            "http://example.org:8080/",
        );
        check(
            "https://example.org/read?uid=5&page=2&b",
            "https://example.org/read?page=2&b",
        );
        check(
            "https://www.zhihu.com/question/1/answer/2?utm_id=0",
            "https://www.zhihu.com/question/1/answer/2",
        );
    }

    #[test]
    fn what_is_no_web_link_has_no_form() {
        for link in [
            "",
            "a b",
            "ftp://example.org/",
            "mailto:a@example.org",
            "javascript:1",
            "/a",
        ] {
            assert_eq!(canonical(link), None, "{link}");
        }
    }
}
