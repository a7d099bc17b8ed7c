//! Files of holidays and make-up days: one date a line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fengbiao_model::Date;

use super::encoded;
use crate::limits::MAX_HOLIDAYS_FILE_BYTES;

/// What stands in the files of one calendar: days with their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holidays {
    /// Days without business.
    pub(crate) holidays: BTreeMap<Date, String>,
    /// Days that make up for one.
    pub(crate) make_up_days: BTreeMap<Date, String>,
}

impl Holidays {
    /// Reads files. A date may stand in all of them once.
    pub(crate) fn read(files: &[PathBuf]) -> anyhow::Result<Self> {
        let mut days = Self::default();
        for path in files {
            let text = text_of(path)?;
            for (number, line) in (1..).zip(text.lines()) {
                days.take(line)
                    .with_context(|| format!("{}:{number}", path.display()))?;
            }
        }
        Ok(days)
    }

    fn take(&mut self, line: &str) -> anyhow::Result<()> {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (makes_up, entry) = match line.strip_prefix('+') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line),
        };
        let (date, name) = entry.split_once(char::is_whitespace).unwrap_or((entry, ""));
        let Ok(date) = date.parse::<Date>() else {
            bail!(
                "`{date}` is no date, expected {}\nhint: a holiday is written `2026-10-01 国庆节`, \
                 a make-up day `+2026-10-10 补班`",
                Date::EXPECTED
            );
        };
        if self.holidays.contains_key(&date) || self.make_up_days.contains_key(&date) {
            bail!(
                "`{date}` stands there a second time, expected every date once\nhint: take one of \
                 the lines out"
            );
        }
        let days = if makes_up {
            &mut self.make_up_days
        } else {
            &mut self.holidays
        };
        days.insert(date, name.trim().to_owned());
        Ok(())
    }
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let name = || format!("reading the holidays `{}`", path.display());
    let bytes = fs::read(path).with_context(name)?;
    if bytes.len() > MAX_HOLIDAYS_FILE_BYTES {
        bail!(
            "`{}` has {} bytes, at most {MAX_HOLIDAYS_FILE_BYTES} are allowed\nhint: a file of \
             holidays has one date a line",
            path.display(),
            bytes.len()
        );
    }
    encoded::utf_8(bytes, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[&[u8]]) -> anyhow::Result<Holidays> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(number, bytes): (usize, &&[u8])| {
            let path = folder.path().join(format!("{number}.txt"));
            fs::write(&path, bytes).unwrap();
            path
        };
        let paths: Vec<_> = files.iter().enumerate().map(write).collect();
        Holidays::read(&paths)
    }

    #[track_caller]
    fn refused(files: &[&[u8]], expected: &[&str]) {
        let shown = format!("{:#}", read(files).unwrap_err());
        for part in expected {
            assert!(shown.contains(part), "no `{part}` in {shown}");
        }
    }

    #[test]
    fn dates_with_and_without_names_and_remarks() {
        let text = "\u{feff}# 2026\r\n\r\n2026-10-01 国庆节\r\n2026-10-02\n  + 2026-10-10  补班 \n";
        let days = read(&[text.as_bytes(), b"2027-01-01\tnew year"]).unwrap();
        let shown = |days: &BTreeMap<Date, String>| {
            let line = days.iter().map(|(date, name)| format!("{date}={name}"));
            line.collect::<Vec<_>>().join(" ")
        };
        let expected = "2026-10-01=国庆节 2026-10-02= 2027-01-01=new year";
        assert_eq!(shown(&days.holidays), expected);
        assert_eq!(shown(&days.make_up_days), "2026-10-10=补班");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        refused(
            &[b"2026-10-01\n2026-02-30 x"],
            &[
                "0.txt:2",
                "`2026-02-30` is no date",
                "hint: a holiday is written",
            ],
        );
        refused(&[b"10.1 x"], &["0.txt:1", "`10.1` is no date"]);
        refused(&["国庆节 2026-10-01".as_bytes()], &["`国庆节` is no date"]);
        refused(
            &[b"2026-10-01..2026-10-07"],
            &["`2026-10-01..2026-10-07` is no date"],
        );
        refused(
            &[b"2026-10-01\n", b"# again\n+2026-10-01"],
            &["1.txt:2", "`2026-10-01` stands there a second time"],
        );
        refused(
            &[b"\n2026-10-01 \xb9\xfa\xc7\xec"],
            &["0.txt:2", "not UTF-8", "iconv"],
        );
        refused(&[&vec![b'#'; 300_000]], &["300000 bytes", "at most 262144"]);
        let missing = [PathBuf::from("/nowhere/holidays.txt")];
        let shown = format!("{:#}", Holidays::read(&missing).unwrap_err());
        assert!(
            shown.contains("reading the holidays `/nowhere/holidays.txt`"),
            "{shown}"
        );
    }

    /// The file that is shipped holds the arrangement that the State Council published.
    #[test]
    fn the_shipped_year_is_whole() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/calendar/china-2026.txt");
        let days = Holidays::read(&[path]).unwrap();
        let count = |name: &str| days.holidays.values().filter(|day| *day == name).count();
        let festivals = [
            "元旦",
            "春节",
            "清明节",
            "劳动节",
            "端午节",
            "中秋节",
            "国庆节",
        ];
        assert_eq!(festivals.map(count), [3, 9, 3, 5, 3, 3, 7]);
        assert_eq!(days.holidays.len(), 33);
        let make_up: Vec<_> = days.make_up_days.keys().map(ToString::to_string).collect();
        let expected = [
            "2026-01-04",
            "2026-02-14",
            "2026-02-28",
            "2026-05-09",
            "2026-09-20",
            "2026-10-10",
        ];
        assert_eq!(make_up, expected);
    }
}
