//! Copies of a text, as people make them: by kind of edit, from a seed.

use crate::posts::Numbers;

/// What was done to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edit {
    /// The front half to nine tenths is left, with the mark that a service puts there.
    Cut,
    /// A quarter to two fifths is left.
    CutShort,
    /// Something stands before it: a repost's mark, a word of one's own.
    Prefixed,
    /// The last fifth is another text's.
    Ending,
    /// An advertisement stands in the middle or at the end.
    Advertisement,
    /// Written in the other script.
    Script,
    /// Punctuation changed or left out, faces put in.
    Punctuation,
    /// One character in thirty is another or missing.
    Letters,
    /// One of its numbers is another; texts of four numbers or more.
    Number,
}

impl Edit {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Cut,
        Self::CutShort,
        Self::Prefixed,
        Self::Ending,
        Self::Advertisement,
        Self::Script,
        Self::Punctuation,
        Self::Letters,
        Self::Number,
    ];

    /// As a table names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut to 50–90 %",
            Self::CutShort => "cut to 25–40 %",
            Self::Prefixed => "prefixed",
            Self::Ending => "reworded ending",
            Self::Advertisement => "advertisement inserted",
            Self::Script => "other script",
            Self::Punctuation => "punctuation, faces",
            Self::Letters => "one character in thirty",
            Self::Number => "one number changed",
        }
    }

    /// The copy; none where the text is too short for it or stays as it was. `other` lends its
    /// ending.
    pub(crate) fn copy(self, text: &str, other: &str, numbers: &mut Numbers) -> Option<String> {
        let letters: Vec<char> = text.chars().collect();
        let other: Vec<char> = other.chars().collect();
        let copy: String = match self {
            Self::Cut if letters.len() >= 30 => cut(&letters, 50, 90, numbers),
            Self::CutShort if letters.len() >= 80 => cut(&letters, 25, 40, numbers),
            Self::Ending if letters.len() >= 30 => ending(&letters, &other),
            Self::Cut | Self::CutShort | Self::Ending => return None,
            Self::Prefixed => format!("{}{text}", numbers.choose(&PREFIXES)),
            Self::Advertisement => advertisement(&letters, numbers),
            Self::Script => fengbiao_matcher::fold::fold_str(text),
            Self::Punctuation => punctuation(&letters, numbers),
            Self::Letters => typos(&letters, numbers),
            Self::Number => number(text, numbers)?,
        };
        (copy != text).then_some(copy)
    }
}

const PREFIXES: [&str; 8] = [
    "转发//",
    "【转】",
    "转发微博//",
    "扩散！大家都看看：",
    "刚看到的，太吓人了 ",
    "朋友圈看到的，不知真假：",
    "//转发：",
    "【最新消息】",
];

const ADVERTISEMENTS: [&str; 6] = [
    "【点击关注我们，每天早上八点准时推送本地新鲜事】",
    "加微信领取优惠券，名额有限先到先得！",
    "（本店新开业，进店就送小礼品一份，详情私信）",
    "更多精彩内容请下载客户端",
    "✨正品护肤低价转让，有需要的朋友联系✨",
    "长按识别二维码，免费领取学习资料一套",
];

fn at(numbers: &mut Numbers, below: usize) -> usize {
    usize::try_from(numbers.next() % below.max(1) as u64).unwrap_or(0)
}

fn cut(letters: &[char], least: usize, most: usize, numbers: &mut Numbers) -> String {
    let share = least + at(numbers, most - least + 1);
    let kept: String = letters[..letters.len() * share / 100].iter().collect();
    format!("{kept}...展开全文")
}

fn ending(letters: &[char], other: &[char]) -> String {
    let lost = letters.len() / 5;
    let kept = &letters[..letters.len() - lost];
    let lent = &other[other.len().saturating_sub(lost)..];
    kept.iter().chain(lent).collect()
}

fn advertisement(letters: &[char], numbers: &mut Numbers) -> String {
    let said = numbers.choose(&ADVERTISEMENTS);
    let place = match numbers.next() % 2 {
        0 => letters.len() / 2,
        _ => letters.len(),
    };
    let (before, after) = letters.split_at(place);
    let (before, after): (String, String) = (before.iter().collect(), after.iter().collect());
    format!("{before}{said}{after}")
}

fn punctuation(letters: &[char], numbers: &mut Numbers) -> String {
    let mut copy = String::new();
    for &c in letters {
        match (c.is_alphanumeric(), numbers.next() % 4) {
            (true, _) => copy.push(c),
            (false, 0) => {}
            (false, 1) => copy.push(' '),
            (false, 2) => copy.push('！'),
            (false, _) => copy.push('😱'),
        }
    }
    copy.push_str("😡😡");
    copy
}

fn typos(letters: &[char], numbers: &mut Numbers) -> String {
    let mut copy = String::new();
    for &c in letters {
        match (c.is_alphanumeric(), numbers.next() % 60) {
            (true, 0) => {}
            (true, 1) => copy.push(letters[at(numbers, letters.len())]),
            _ => copy.push(c),
        }
    }
    copy
}

/// Another number in place of one of at least four.
fn number(text: &str, numbers: &mut Numbers) -> Option<String> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end = at + c.len_utf8(),
            _ => runs.push((at, at + c.len_utf8())),
        }
    }
    if runs.len() < 4 {
        return None;
    }
    let (start, end) = runs[at(numbers, runs.len())];
    let value: u64 = text[start..end].parse().ok()?;
    let other = value + 1 + numbers.next() % 9;
    Some(format!("{}{other}{}", &text[..start], &text[end..]))
}
