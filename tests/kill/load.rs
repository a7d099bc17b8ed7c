//! The posts of the load, in words of their own, chosen by a seed.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// The topic that the file's posts are about.
pub(crate) const FILE_TOPIC: &str = "food-safety";
/// The topic that the pushed posts are about.
pub(crate) const PUSH_TOPIC: &str = "service-outage";
/// Named by the file's last post, and by no other.
pub(crate) const LAST_PLACE: &str = "墨脱县";

/// Places with how often each is named, and by how many people: so that tiers of every height
/// arise, some of them just so.
const PLACES: [(&str, u64, u64); 14] = [
    ("安吉县", 30, 260),
    ("桐庐县", 16, 60),
    ("德清县", 10, 24),
    ("长兴县", 6, 16),
    ("嘉善县", 4, 9),
    ("海盐县", 3, 6),
    ("象山县", 3, 5),
    ("宁海县", 2, 4),
    ("永嘉县", 2, 3),
    ("平阳县", 1, 2),
    ("苍南县", 1, 2),
    ("文成县", 1, 1),
    ("泰顺县", 1, 1),
    ("开化县", 1, 1),
];
const SOURCES: [&str; 4] = ["square", "forum", "clips", "hotline"];
const FOOD: [&str; 6] = [
    "第一小学食堂午饭后十几个学生呕吐",
    "一家火锅店的后厨有老鼠跑过案板",
    "外卖里吃出钢丝球，商家还不承认",
    "中学食堂的晚餐吃坏了，好几个学生腹泻",
    "超市买的面包掰开发霉了，投诉没人理",
    "某饭店婚宴后一桌人食物中毒送去输液",
];
const OUTAGES: [&str; 4] = [
    "整个小区停电两小时了，物业电话打不通",
    "主管道爆管，多个小区没水了",
    "全城断电，红绿灯都灭了",
    "家里停水一天了没人通知，整栋楼都在提桶",
];
const OTHER: [&str; 6] = [
    "河边的银杏黄了，周末去走走",
    "新修的步道很好走，就是风大",
    "图书馆这周延长开放到晚上十点",
    "今天的晚霞像一匹缎子",
    "社区合唱团招人，每周三排练",
    "早班车准点，一路都有座位",
];
/// The file's posts are found over two hours, which end an hour ago.
const FILE_LASTS_MILLIS: u64 = 2 * 3_600_000;
const FILE_ENDED_MILLIS_AGO: u64 = 3_600_000;
/// Posts of a file stand a little out of order.
const OUT_OF_ORDER_MILLIS: u64 = 10 * 60_000;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to `bound`, without it; 0 where that is nothing.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Another one, that goes its own way.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// The same for places in memory.
    pub(crate) fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(u64::try_from(bound).unwrap())).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    fn place(&mut self) -> (&'static str, u64) {
        let mut at = self.below(PLACES.iter().map(|(_, often, _)| often).sum());
        for (place, often, people) in PLACES {
            if at < often {
                return (place, people);
            }
            at -= often;
        }
        unreachable!("the sum is the bound")
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the daemon under test reads the same clock"
)]
fn now_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

/// The lines of the file: a third about food, among them copies, repeats and changed texts.
pub(crate) fn file(random: &mut Random, count: usize) -> Vec<String> {
    let end = now_millis() - FILE_ENDED_MILLIS_AGO;
    let began = end - FILE_LASTS_MILLIS;
    let mut told: Vec<(usize, String)> = Vec::new();
    let mut lines = Vec::new();
    for number in 0..count {
        let passed = number as u64 * FILE_LASTS_MILLIS / count as u64;
        let found_at = began + passed - random.below(OUT_OF_ORDER_MILLIS);
        let (place, people) = random.place();
        let (mut kind, mut id) = ("post", number);
        let text = match random.below(30) {
            // Copied under another id; found again; changed.
            0..=2 if !told.is_empty() => random.one(&told).1.clone(),
            3 if !told.is_empty() => {
                let (of, text) = random.one(&told);
                id = *of;
                text.clone()
            }
            4 if !told.is_empty() => {
                (kind, id) = ("update", random.one(&told).0);
                format!("{place}{}，更正{number}", random.one(&FOOD))
            }
            5..=10 => {
                let text = format!("{place}{}，记{number}", random.one(&FOOD));
                told.push((number, text.clone()));
                text
            }
            _ => format!("{place}{}，记{number}", random.one(&OTHER)),
        };
        let author = format!("{place}{}", random.below(people));
        let source = random.one(&SOURCES);
        let reposts = random.below(100);
        lines.push(format!(
            "{{\"kind\":\"{kind}\",\"id\":\"f{id}\",\"service\":\"lane\",\"source\":\"{source}\",\
             \"text\":\"{text}\",\"author\":\"{author}\",\"found_at\":{found_at},\
             \"counts\":{{\"reposts\":{reposts}}}}}\n"
        ));
    }
    let mut last = String::new();
    write!(
        last,
        "{{\"id\":\"last\",\"service\":\"lane\",\"text\":\"{LAST_PLACE}{}\",\"found_at\":{end}}}",
        FOOD[0]
    )
    .unwrap();
    lines.push(last + "\n");
    lines
}

/// A line to push: a post about an outage, or about nothing.
pub(crate) fn push(random: &mut Random, number: usize) -> String {
    let (place, people) = random.place();
    let words = if random.below(3) == 0 {
        &OTHER[..]
    } else {
        &OUTAGES[..]
    };
    let (text, author) = (random.one(words), random.below(people));
    format!(
        "{{\"id\":\"p{number}\",\"service\":\"lane\",\"text\":\"{place}{text}，记{number}\",\
         \"author\":\"{author}\"}}\n"
    )
}
