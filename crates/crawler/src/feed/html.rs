//! HTML to plain text, as a reader would copy it.

/// Elements whose content is not text.
const HIDDEN: [&str; 4] = ["script", "style", "template", "head"];
/// Elements that begin a new line.
const BLOCKS: [&str; 17] = [
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "section",
    "hr",
];
/// Named characters that are seen in feeds; the others are left as they stand.
const NAMED: [(&str, char); 18] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("middot", '·'),
    ("times", '×'),
    ("copy", '©'),
    ("ensp", ' '),
    ("emsp", ' '),
];

/// The text of a piece of HTML: without tags, comments and scripts, with its entities read, white
/// space as one blank and blocks as lines.
pub(super) fn to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        push_text(&mut out, &rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') {
            tag(&mut out, rest)
        } else {
            entity(&mut out, rest)
        };
    }
    push_text(&mut out, rest);
    out.trim().to_owned()
}

fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        push_char(out, c);
    }
}

fn push_char(out: &mut String, c: char) {
    if !c.is_whitespace() {
        out.push(c);
    } else if !out.is_empty() && !out.ends_with(char::is_whitespace) {
        out.push(' ');
    }
}

fn new_line(out: &mut String) {
    if out.ends_with(' ') {
        out.pop();
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Reads past a tag or a comment; a `<` that begins neither is text.
fn tag<'a>(out: &mut String, rest: &'a str) -> &'a str {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| &comment[end + 3..]);
    }
    let inner = &rest[1..];
    let closing = inner.starts_with('/');
    let name: String = inner
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .take(16)
        .collect::<String>()
        .to_ascii_lowercase();
    if name.is_empty() && !inner.starts_with(['!', '?']) {
        out.push('<');
        return inner;
    }
    let Some(end) = tag_end(inner) else { return "" };
    let after = &inner[end + 1..];
    if BLOCKS.contains(&name.as_str()) {
        new_line(out);
    }
    if !closing && HIDDEN.contains(&name.as_str()) {
        let close = format!("</{name}");
        let lower = after.to_ascii_lowercase();
        return lower.find(&close).map_or("", |at| &after[at..]);
    }
    after
}

/// The `>` that ends a tag; one inside a quoted attribute does not.
fn tag_end(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in inner.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    // An attribute whose quote never ends: the first `>` then.
    inner.find('>')
}

fn entity<'a>(out: &mut String, rest: &'a str) -> &'a str {
    let name_end = rest.bytes().take(12).position(|byte| byte == b';');
    let read = name_end.and_then(|end| character(&rest[1..end]).map(|c| (c, end)));
    match read {
        Some((c, end)) => {
            push_char(out, c);
            &rest[end + 1..]
        }
        None => {
            out.push('&');
            &rest[1..]
        }
    }
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|&c| c != '\0');
    }
    NAMED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::to_text;

    #[test]
    fn html_reads_as_text() {
        for (html, expected) in [
            ("", ""),
            ("停电了", "停电了"),
            (
                "<p>三中食堂</p><p>午饭后<b>呕吐</b></p>",
                "三中食堂\n午饭后呕吐",
            ),
            (
                "a &amp; b &lt;c&gt; &#20013;&#x6587; &unknown; &",
                "a & b <c> 中文 &unknown; &",
            ),
            ("x<script>if (a<b) {}</script>y<style>p{}</style>z", "xyz"),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("<a title=\"a > b\" href='x'>link</a>", "link"),
            ("<!-- no --> yes<br/>\n  next", "yes\nnext"),
            ("<img src=x", ""),
            ("&nbsp;&nbsp;a", "a"),
        ] {
            assert_eq!(to_text(html), expected, "{html}");
        }
    }
}
