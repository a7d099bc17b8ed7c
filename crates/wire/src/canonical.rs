//! Posts in their canonical form, which is what nearly every record of the topic `posts` is in, read
//! without a general parser.
//!
//! Its fields stand in the order of [`PostJson`](crate::PostJson), without white space, so that each
//! next byte is known but for the values. What is read here is what the general parser would have
//! read, value for value. **It refuses nothing**: whatever is not quite canonical, or wrong, gives
//! none, and the general parser decides about it and words the error. The two are held against each
//! other below, over records of every kind and changes of their bytes.

use std::borrow::Cow;
use std::str::FromStr;

use fengbiao_model::{Counts, Link, Post, PostRecord, PostText, Timestamp, Title};
use memchr::memchr2;

use crate::names::Names;
use crate::scalar::Str;
use crate::time::{TIME_BYTES, canonical_time, parse_rfc3339};

/// Digits of an identity.
const ID_DIGITS: usize = 32;

/// Reads a post or an update; none where the bytes are not its canonical form.
pub(crate) fn canonical_post<'a>(bytes: &'a [u8], names: &mut Names) -> Option<PostRecord<'a>> {
    // Canonical JSON has no control characters, neither between its parts nor, raw, inside of texts.
    if bytes.iter().fold(false, |any, &byte| any | (byte < b' ')) {
        return None;
    }
    let text = simdutf8::basic::from_utf8(bytes).ok()?;
    let mut input = Input(text);
    input.skip(r#"{"v":1,"kind":""#)?;
    let update = input.skip(r#"post","id":"#).is_none();
    if update {
        input.skip(r#"update","id":"#)?;
    }
    let post = post(input, names)?;
    Some(if update {
        PostRecord::Update(post)
    } else {
        PostRecord::Post(post)
    })
}

/// What is left from the value of `id` on.
#[inline]
fn post<'a>(mut input: Input<'a>, names: &mut Names) -> Option<Post<'a>> {
    let post = Post {
        id: input.token(ID_DIGITS)?,
        native_id: input.optional(r#","native_id":"#, Input::string)?,
        service: names.service(&input.needed(r#","service":"#, Input::string)?)?,
        source: names.source(&input.needed(r#","source":"#, Input::string)?)?,
        url: input.optional(r#","url":"#, |input| Link::new(input.string()?).ok())?,
        title: input.optional(r#","title":"#, |input| Title::new(input.string()?).ok())?,
        text: PostText::new(input.needed(r#","text":"#, Input::string)?).ok()?,
        voice: input.optional(r#","voice":"#, |input| input.token(ID_DIGITS))?,
        published_at: input.optional(r#","published_at":"#, Input::time)?,
        found_at: input.needed(r#","found_at":"#, Input::time)?,
        counts: input
            .optional(r#","counts":"#, Input::counts)?
            .unwrap_or_default(),
        repost_of: input.optional(r#","repost_of":"#, |input| input.token(ID_DIGITS))?,
    };
    (input.0 == "}").then_some(post)
}

/// What of a record is still to be read.
struct Input<'a>(&'a str);

impl<'a> Input<'a> {
    /// Steps over what must stand here.
    #[inline]
    fn skip(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// A field that must be there, by the bytes from the comma before it to its value.
    #[inline]
    fn needed<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.skip(key)?;
        read(self)
    }

    /// A field that may be left out.
    #[inline]
    fn optional<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.skip(key) {
            Some(()) => read(self).map(Some),
            None => Some(None),
        }
    }

    /// As many bytes.
    fn take(&mut self, bytes: usize) -> Option<&'a str> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    /// A string; one with escapes is left to the general parser.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let whole = self.0;
        self.skip("\"")?;
        let end = memchr2(b'"', b'\\', self.0.as_bytes())?;
        let plain = self.take(end)?;
        if self.skip("\"").is_some() {
            return Some(Cow::Borrowed(plain));
        }
        loop {
            // The backslash and what it escapes; the rest of `\u0000` is nothing to look out for.
            self.take(2)?;
            let end = memchr2(b'"', b'\\', self.0.as_bytes())?;
            self.take(end)?;
            if self.skip("\"").is_some() {
                break;
            }
        }
        let string = whole.get(..whole.len() - self.0.len())?;
        let Str(text) = serde_json::from_str(string).ok()?;
        Some(text)
    }

    /// A string of so many bytes that stands for one value.
    fn token<T: FromStr>(&mut self, bytes: usize) -> Option<T> {
        self.skip("\"")?;
        let value = self.take(bytes)?.parse().ok()?;
        self.skip("\"")?;
        Some(value)
    }

    fn time(&mut self) -> Option<Timestamp> {
        // As we write it, it needs no search for its end.
        let rest = self.0;
        if self.skip("\"").is_some()
            && let Some(time) = self.take(TIME_BYTES).and_then(canonical_time)
            && self.skip("\"").is_some()
        {
            return Some(time);
        }
        self.0 = rest;
        parse_rfc3339(&self.string()?).ok()
    }

    /// The object of counts, which the general parser reads in any order and this one in its own.
    fn counts(&mut self) -> Option<Counts> {
        self.skip("{")?;
        let counts = Counts {
            reposts: self.count(r#""reposts":"#)?,
            comments: self.count(r#""comments":"#)?,
            likes: self.count(r#""likes":"#)?,
            views: self.count(r#""views":"#)?,
            rank: self.count(r#""rank":"#)?,
            days_on_list: self.count(r#""days_on_list":"#)?,
        };
        self.skip("}")?;
        Some(counts)
    }

    /// A count with the comma behind it, unless it is the last.
    fn count<T: FromStr>(&mut self, key: &str) -> Option<Option<T>> {
        if self.skip(key).is_none() {
            return Some(None);
        }
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let number = self.take(digits)?;
        // JSON knows no number that begins with nought, but nought.
        if number.len() > 1 && number.starts_with('0') {
            return None;
        }
        let goes_on = self.skip(",").is_some();
        let sound = self.0.starts_with(if goes_on { '"' } else { '}' });
        let count = number.parse().ok().filter(|_| sound)?;
        Some(Some(count))
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_model::{PostId, ServiceId, SourceId, Voice};
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::post::{any_post_record, encode_post_record};

    /// What a mutation puts in: the pieces of JSON that matter to a reader, right and wrong.
    const PIECES: [&[u8]; 34] = [
        b"\"",
        b"\\",
        b",",
        b":",
        b"{",
        b"}",
        b"[",
        b"]",
        b" ",
        b"\n",
        b"\0",
        b"\x7f",
        b"\xff",
        b"\xe4\xbd",
        b"0",
        b"00",
        b"1",
        b"-1",
        b"1.0",
        b"1e3",
        b"99999999999999999999",
        b"null",
        b"\\n",
        b"\\\"",
        b"\\u0041",
        b"\\ud83d\\ude00",
        b"\\ud83d",
        b"\\x",
        b"\"v\":1,",
        b",\"v\":1",
        b",\"title\":\"\xe9\xa2\x98\"",
        b",\"url\":\"https://a\"",
        b",\"counts\":{}",
        b"{}",
    ];

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z停电，🙂]{1,12}",
            "[\"\\\\/\n\t\u{1}\u{7f}é停🙂a]{1,12}",
            "\\PC{1,20}"
        ]
    }

    fn times() -> impl Strategy<Value = Timestamp> {
        (0..=253_402_207_200_000_i64).prop_map(Timestamp::from_millis)
    }

    fn posts() -> impl Strategy<Value = Post<'static>> {
        let names = (
            "[^\\p{Cc}]{1,20}",
            "[a-z-]{1,9}",
            proptest::option::of(texts()),
        );
        let shown = (
            proptest::option::of("https://[a-z]{1,9}/[a-z\"%]{0,9}"),
            proptest::option::of(texts()),
            texts(),
        );
        let ids = (
            any::<[u8; 16]>(),
            proptest::option::of(any::<[u8; 16]>()),
            proptest::option::of(any::<[u8; 16]>()),
        );
        let counts = proptest::collection::vec(proptest::option::of(any::<u64>()), 4);
        let places = proptest::collection::vec(proptest::option::of(any::<u32>()), 2);
        let times = (proptest::option::of(times()), times());
        (names, shown, ids, counts, places, times).prop_map(
            |((service, source, native_id), (url, title, text), ids, counts, places, times)| Post {
                id: PostId::from_bytes(ids.0),
                native_id: native_id.map(Cow::Owned),
                service: ServiceId::new(service).unwrap(),
                source: SourceId::new(source).unwrap(),
                url: url.map(|url| Link::new(url).unwrap()),
                title: title.map(|title| Title::new(format!("题{title}")).unwrap()),
                text: PostText::new(format!("文{text}")).unwrap(),
                voice: ids.1.map(Voice::from_bytes),
                published_at: times.0,
                found_at: times.1,
                counts: Counts {
                    reposts: counts[0],
                    comments: counts[1],
                    likes: counts[2],
                    views: counts[3],
                    rank: places[0],
                    days_on_list: places[1],
                },
                repost_of: ids.2.map(PostId::from_bytes),
            },
        )
    }

    fn records() -> impl Strategy<Value = PostRecord<'static>> {
        prop_oneof![
            posts().prop_map(PostRecord::Post),
            posts().prop_map(PostRecord::Update)
        ]
    }

    /// One change of the bytes of a record.
    #[derive(Clone, Debug)]
    enum Change {
        Flip(Index, u8),
        PutIn(Index, usize),
        PutInstead(Index, usize),
        /// Bytes from one place to another are left out, or said twice.
        Cut(Index, Index),
        Repeat(Index, Index),
        /// Two fields change places.
        Swap(Index, Index),
        /// The last bytes are not there.
        End(Index),
    }

    fn changes() -> impl Strategy<Value = Change> {
        let at = any::<Index>;
        prop_oneof![
            (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
            (at(), 0..PIECES.len()).prop_map(|(at, piece)| Change::PutIn(at, piece)),
            (at(), 0..PIECES.len()).prop_map(|(at, piece)| Change::PutInstead(at, piece)),
            (at(), at()).prop_map(|(from, to)| Change::Cut(from, to)),
            (at(), at()).prop_map(|(from, to)| Change::Repeat(from, to)),
            (at(), at()).prop_map(|(a, b)| Change::Swap(a, b)),
            at().prop_map(Change::End),
        ]
    }

    fn range(bytes: &[u8], a: &Index, b: &Index) -> std::ops::Range<usize> {
        let [a, b] = [a, b].map(|index| index.index(bytes.len() + 1));
        a.min(b)..a.max(b)
    }

    fn changed(bytes: &mut Vec<u8>, change: &Change) {
        if bytes.is_empty() {
            return;
        }
        match change {
            Change::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Change::PutIn(at, piece) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, PIECES[*piece].iter().copied());
            }
            Change::PutInstead(at, piece) => {
                let at = at.index(bytes.len());
                bytes.splice(at..=at, PIECES[*piece].iter().copied());
            }
            Change::Cut(from, to) => drop(bytes.drain(range(bytes, from, to))),
            Change::Repeat(from, to) => {
                let range = range(bytes, from, to);
                let again = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, again);
            }
            Change::Swap(a, b) => {
                let mut fields: Vec<_> = bytes.split(|&byte| byte == b',').collect();
                let [a, b] = [a, b].map(|index| index.index(fields.len()));
                fields.swap(a, b);
                *bytes = fields.join(&b","[..]);
            }
            Change::End(at) => bytes.truncate(at.index(bytes.len())),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        /// A record as it is written is read without the general parser, and to the same value.
        #[test]
        fn what_is_written_here_is_canonical(record in records()) {
            let bytes = encode_post_record(&record);
            prop_assert_eq!(canonical_post(&bytes, &mut Names::default()), Some(record));
        }

        /// Whatever the bytes are, the answer is that of the general parser: the value, or the very error.
        #[test]
        fn what_is_changed_is_read_as_the_general_parser_reads_it(
            record in records(),
            changes in proptest::collection::vec(changes(), 1..4),
        ) {
            let mut bytes = encode_post_record(&record);
            for change in &changes {
                changed(&mut bytes, change);
            }
            let general = any_post_record(&bytes);
            if let Some(read) = canonical_post(&bytes, &mut Names::default()) {
                prop_assert_eq!(Ok(read), general);
            }
        }
    }
}
