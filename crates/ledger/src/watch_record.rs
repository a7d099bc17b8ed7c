//! JSON of what the watchdog knows: the lives of sources, and canaries.

use fengbiao_alerter::record::{Canary, HOURS_OF_A_DAY, SourceLife, UsualPosts};
use fengbiao_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::LedgerError;
use crate::record::{json, parse};

const LIFE: &str = "life of a source";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LifeJson {
    known_since: i64,
    pulsed_at: Option<i64>,
    succeeded_at: Option<i64>,
    posted_at: Option<i64>,
    errors: u32,
    ended: bool,
    usual: UsualPostsJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UsualPostsJson {
    milliposts: [Option<u32>; HOURS_OF_A_DAY],
    hour: i64,
    posts: u64,
    minutes: u32,
}

pub(crate) fn life_json(life: &SourceLife) -> String {
    let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
    json(&LifeJson {
        known_since: life.known_since.as_millis(),
        pulsed_at: millis(life.pulsed_at),
        succeeded_at: millis(life.succeeded_at),
        posted_at: millis(life.posted_at),
        errors: life.errors,
        ended: life.ended,
        usual: UsualPostsJson {
            milliposts: life.usual.milliposts,
            hour: life.usual.hour,
            posts: life.usual.posts,
            minutes: life.usual.minutes,
        },
    })
}

pub(crate) fn life_of(body: &str) -> Result<SourceLife, LedgerError> {
    let life: LifeJson = parse(LIFE, body)?;
    let at = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    Ok(SourceLife {
        known_since: Timestamp::from_millis(life.known_since),
        pulsed_at: at(life.pulsed_at),
        succeeded_at: at(life.succeeded_at),
        posted_at: at(life.posted_at),
        errors: life.errors,
        ended: life.ended,
        usual: UsualPosts {
            milliposts: life.usual.milliposts,
            hour: life.usual.hour,
            posts: life.usual.posts,
            minutes: life.usual.minutes,
        },
    })
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CanaryJson {
    put_at: i64,
    came_at: i64,
}

pub(crate) fn canary_json(canary: &Canary) -> String {
    json(&CanaryJson {
        put_at: canary.put_at.as_millis(),
        came_at: canary.came_at.as_millis(),
    })
}

pub(crate) fn canary_of(body: &str) -> Result<Canary, LedgerError> {
    let canary: CanaryJson = parse("canary", body)?;
    Ok(Canary {
        put_at: Timestamp::from_millis(canary.put_at),
        came_at: Timestamp::from_millis(canary.came_at),
    })
}
