//! A page as text. Everything that comes from outside is escaped where it is written.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fengbiao_model::{Language, Tier};
use sha2::{Digest as _, Sha256};

use crate::words::tag;

const STYLE: &str = "\
body{font:16px/1.6 system-ui,sans-serif;margin:0 auto;max-width:40rem;padding:1rem;color:#1c2128;\
background:#fff}\
h2{font-size:1.05rem;margin:0}p{margin:0 0 1rem}\
h1{font-size:1.3rem;border-left:.5rem solid var(--tier);padding-left:.7rem;margin:0 0 1rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0 0 1rem}\
dt{color:#59636e}dd{margin:0;overflow-wrap:anywhere}\
blockquote{margin:0 0 1rem;padding:.6rem .8rem;background:#f3f4f6;border-radius:.4rem;\
overflow-wrap:anywhere;white-space:pre-wrap}\
blockquote footer{color:#59636e;font-size:.85rem;white-space:normal}\
form{display:grid;gap:.6rem;margin:0 0 1rem}\
input,button{font:inherit;padding:.7rem;border-radius:.4rem;border:1px solid #8c959f}\
button{background:#0b57a4;color:#fff;border:0;font-weight:600}\
.note{padding:.8rem;border-radius:.4rem;background:#fff4d6}\
.t0{--tier:#8c959f}.t1{--tier:#1f6feb}.t2{--tier:#e0b000}.t3{--tier:#e5730b}.t4{--tier:#d1242f}";

/// The `Content-Security-Policy` of the page: nothing but its own style and its own form.
pub(crate) fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// Text with the five characters that mean something in HTML written as references.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Direction overrides could make one text read as another.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => f.write_char('\u{fffd}')?,
                c if c.is_control() && c != '\n' && c != '\t' => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A whole page; `class` is its tier's, and `body` is markup.
pub(crate) fn document(language: Language, class: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{}</title><style>{STYLE}</style></head>\
         <body class=\"{class}\"><h1>{}</h1>{body}</body></html>",
        tag(language),
        Escaped(title),
        Escaped(title),
    )
}

/// Facts under their names.
pub(crate) fn facts(rows: &[(&str, String)]) -> String {
    let mut list = String::from("<dl>");
    for (name, value) in rows {
        push(
            &mut list,
            format_args!("<dt>{name}</dt><dd>{}</dd>", Escaped(value)),
        );
    }
    list.push_str("</dl>");
    list
}

/// A page with one message and nothing to do.
pub(crate) fn message(language: Language, title: &str, text: &str) -> String {
    document(language, "t0", title, &format!("<p>{}</p>", Escaped(text)))
}

/// Writing to a text cannot fail.
pub(crate) fn push(body: &mut String, text: fmt::Arguments<'_>) {
    let _ = body.write_fmt(text);
}

pub(crate) const fn tier_class(tier: Tier) -> &'static str {
    match tier {
        Tier::IV => "t1",
        Tier::III => "t2",
        Tier::II => "t3",
        Tier::I => "t4",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let shown = |text| Escaped(text).to_string();
        assert_eq!(
            shown("<script>alert(\"1\")</script>"),
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"
        );
        assert_eq!(
            shown("' onload='x' &amp;"),
            "&#39; onload=&#39;x&#39; &amp;amp;"
        );
        assert_eq!(shown("a\u{202e}b\u{0}c\nd"), "a\u{fffd}b\u{fffd}c\nd");
    }
}
