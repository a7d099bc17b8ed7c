//! Posts to measure with: generated in the project's own words, or drawn from the corpora.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

/// Bytes of text that a generated post has at least; on average some twenty more.
const TEXT_BYTES: usize = 255;
/// Of so many generated posts one speaks of an incident.
const ONE_HIT_IN: u64 = 33;
/// Milliseconds from one generated post to the next, by their own times.
const MILLIS_BETWEEN: i64 = 1;
/// Accounts that write the generated posts.
const VOICES: u64 = 200_000;
/// The corpus of whole posts, below the folder of corpora.
const CORPUS: &str = "news_posts_2020.jsonl.zst";

/// What everyday posts are made of: nothing in them is a keyword of the shipped rules, nor hides one.
const EVERYDAY: [&str; 32] = [
    "今天下班早，沿着江边慢慢走回家",
    "楼下新开的书店晚上十点才关门",
    "周末想去山里看看秋天的树叶",
    "地铁上有人在读一本很厚的旧书",
    "昨晚的比赛打到加时才分出胜负",
    "阳台上的薄荷又长高了一截",
    "孩子第一次自己系好了鞋带",
    "同事推荐的那部纪录片很好看",
    "明天早上要开一个很长的会",
    "把旧手机里的照片整理了一遍",
    "院子里的猫总在同一个地方晒太阳",
    "换季了，衣柜又要收拾一次",
    "图书馆的座位要提前一天预约",
    "跑完五公里，出了一身汗，很痛快",
    "外婆寄来的棉被又轻又暖",
    "公园里的桂花开了，整条路都是香的",
    "这个月的旧车票攒了六张",
    "学了三个月的吉他，终于会弹一首歌",
    "雨停以后天边有一道很淡的彩虹",
    "邻居家在装修，白天有点吵",
    "新买的台灯光线很柔和",
    "把自行车推去修，换了一条链子",
    "夜里醒来，听见远处火车的声音",
    "朋友从外地回来，约好一起散步",
    "菜市场旁边的花店今天打折",
    "终于把拖了很久的表格填完了",
    "广场上老人们在练太极",
    "出差的行李只装了一个小箱子",
    "窗外的银杏一夜之间全黄了",
    "排了半小时队，买到了刚出炉的点心",
    "晚上给家里打了一个很长的电话",
    "练字的本子又用完了一本",
];
/// Where generated incidents happen.
const PLACES: [&str; 16] = [
    "嘉善县",
    "德清县",
    "安吉县",
    "天台县",
    "仙居县",
    "肥西县",
    "霍山县",
    "歙县",
    "沛县",
    "睢宁县",
    "宁津县",
    "莘县",
    "曹县",
    "兰考县",
    "嵩县",
    "宜阳县",
];
/// What happens there.
const INCIDENTS: [&str; 8] = [
    "一所小学的学生吃了食堂午餐以后陆续呕吐腹泻",
    "一家火锅店的顾客吃完回去全家上吐下泻",
    "有人在外卖盒饭里吃出活虫，店家说再送一份",
    "幼儿园孩子吃了配餐里的面包以后肚子疼",
    "公司聚餐后几十人腹泻，现在都在输液",
    "全城大面积停电，到现在还没有恢复",
    "昨晚婚宴以后一桌人食物中毒送医院了",
    "餐馆后厨里老鼠在案板上跑，视频都拍下来了",
];

/// Where the posts come from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// Made here.
    Generated,
    /// The folder of corpora; its posts are repeated as often as needed.
    Corpora(PathBuf),
}

impl Origin {
    /// The corpora where they are asked for, from `FENGBIAO_CORPORA`.
    pub(crate) fn of(corpus: bool) -> anyhow::Result<Self> {
        if !corpus {
            return Ok(Self::Generated);
        }
        let folder = std::env::var_os("FENGBIAO_CORPORA");
        let folder = folder.context("`FENGBIAO_CORPORA` is not set, expected a folder")?;
        Ok(Self::Corpora(folder.into()))
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Generated => f.write_str("generated posts"),
            Self::Corpora(_) => write!(f, "posts of {CORPUS}, repeated"),
        }
    }
}

/// Numbers that look random and are the same in every run (SplitMix64, Steele, Lea, Flood 2014).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another, which is not zero.
    pub(crate) const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// One of a list that is not empty.
    pub(crate) fn choose<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.next() % from.len() as u64).unwrap_or(0);
        from.get(at).copied().unwrap_or_default()
    }
}

/// A text about an incident, or about nothing.
pub(crate) fn text(numbers: &mut Numbers, incident: bool) -> String {
    let mut text = String::new();
    if incident {
        let (place, what) = (numbers.choose(&PLACES), numbers.choose(&INCIDENTS));
        let _ = write!(text, "{place}{what}。");
    }
    while text.len() < TEXT_BYTES {
        let _ = write!(text, "{}，", numbers.choose(&EVERYDAY));
    }
    text
}

/// Writes posts as lines of JSON in the shape that a crawler takes. Gives the bytes of all texts.
pub(crate) fn write(path: &Path, origin: &Origin, posts: usize) -> anyhow::Result<usize> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let mut numbers = Numbers(7);
    let mut bytes = 0;
    let corpus = match origin {
        Origin::Generated => Vec::new(),
        Origin::Corpora(folder) => texts(&folder.join(CORPUS))?,
    };
    let mut drawn = corpus.iter().cycle();
    for (number, found_at) in (0..posts).zip(0_i64..) {
        let text = match drawn.next() {
            Some(text) => text.clone(),
            None => {
                let incident = numbers.next().is_multiple_of(ONE_HIT_IN);
                text(&mut numbers, incident)
            }
        };
        bytes += text.len();
        let found_at = crate::clock::BEGINNING
            + fengbiao_model::TimeSpan::from_millis(found_at * MILLIS_BETWEEN);
        let line = json!({
            "id": number.to_string(),
            "source": format!("bench-{}", numbers.next() % 5),
            "author": (numbers.next() % VOICES).to_string(),
            "found_at": fengbiao_wire::format_utc(found_at),
            "text": text,
        });
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(bytes)
}

/// The texts of a corpus of posts.
fn texts(path: &Path) -> anyhow::Result<Vec<String>> {
    let file =
        std::fs::File::open(path).with_context(|| format!("opening `{}`", path.display()))?;
    let lines = BufReader::new(zstd::Decoder::new(file)?).lines();
    let text = |line: std::io::Result<String>| {
        let value: Value = serde_json::from_str(&line?)?;
        let text = value.get("text").and_then(Value::as_str);
        Ok(text.context("a line without `text`")?.to_owned())
    };
    lines.map(text).collect()
}
