//! Places that are subjects of their own, so that each opens an incident and each incident makes
//! one notice; and the lexicon that knows them.

/// What the names of places are made of.
const SYLLABLES: [&str; 24] = [
    "安", "白", "川", "东", "丰", "光", "海", "和", "嘉", "金", "兰", "林", "明", "南", "宁", "平",
    "清", "泉", "水", "石", "泰", "溪", "阳", "云",
];
/// How many there are.
pub(crate) const PLACES: usize = SYLLABLES.len().pow(3);

/// The name of a place that no other number below [`PLACES`] has.
pub(crate) fn place(number: usize) -> String {
    let syllable = |at: usize| SYLLABLES[at % SYLLABLES.len()];
    let (first, second) = (
        number / SYLLABLES.len() / SYLLABLES.len(),
        number / SYLLABLES.len(),
    );
    format!(
        "{}{}{}试验县",
        syllable(first),
        syllable(second),
        syllable(number)
    )
}

/// Its files.
pub(crate) fn lexicon() -> Vec<(&'static str, String)> {
    let places: Vec<_> = (0..PLACES).map(place).collect();
    vec![
        ("places.txt", places.join("\n")),
        ("bench.toml", TOPIC.to_owned()),
    ]
}

/// Tier III at once, since IV pages nobody; `*` stays closed, since it would gather the others.
const TOPIC: &str = r#"
topic   = "bench"
name    = "试验"
purpose = "measure the way of a notice"
owner   = "bench"
[lists]
place = { file = "places.txt" }
[subjects]
place = "@place"
[[rule]]
id     = "power-cut"
match  = "停电"
hits   = ["这里从早上起停电"]
misses = ["这里有电"]
[tiers]
III = "posts_1h >= 1"
[tiers_all]
I = "posts_1h >= 1000000"
"#;
