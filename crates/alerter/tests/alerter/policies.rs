//! Policies as a line of words.

use std::collections::BTreeMap;

use fengbiao_model::*;

use crate::script::{Line, span, topic};

/// A policy from a line:
///
/// - `IV="…" all.III="…" hold.III="…" all.hold.III="…" calm=24h`: ladders, of `food` and of each of
///   `topics=power,water`;
/// - `sigma= min_posts= min_sources= min_before=`: floors of every ladder;
/// - `wait= interval= repeat=`: pace of every route; `desk` always hears of everything;
/// - `pager=III quiet="Mon-Sun 22:00-07:00" zone=UTC`: a receiver that wakes people; those of a
///   chain have the same quiet hours;
/// - `chain="duty/lead,deputy/boss" from=III within="I 5m; II 10m; III 30m" last=all`: a chain, from III on where it does not say;
///   `@a+b` in a step is a schedule in which a and b take daily turns from 08:00 on, since
///   `rota=2025-12-31`;
/// - `deadline="verify III 24h 1h; answer II 4h 0s"`: duty, tier, time, warning; by the hours of
///   `calendar="Mon-Fri 09:00-18:00" holidays=2026-01-05 makeup=2026-01-04` where the line has one;
/// - `labels=district:east,drill:no`: what incidents of every topic bear;
/// - `only=label:district:east`: a route of `east`, beside `desk`;
/// - `valid="II 4h"`: how long acknowledgements are good;
/// - `dead=15m silent=3h sources=a,b topicquiet=48h canary=1m canary_within=1m parts=1`: a watchdog, where
///   the line has one of these;
/// - `storm=3/10m`; `inhibit=power>food`: an incident of one topic mutes those of another.
pub(crate) fn policy(line: &str) -> Policy {
    let line = Line::read(line);
    let mut policy = Policy {
        topics: topics(&line),
        storm: storm(&line),
        watchdog: watchdog(&line),
        time_zone: line.get("zone").unwrap_or("UTC").to_owned(),
        ..Policy::default()
    };
    if policy.watchdog.is_some() {
        let topic = TopicPolicy {
            id: TopicId::pipeline(),
            name: "采集与处理".to_owned(),
            owner: "operations".to_owned(),
            tiers: Ladder::default(),
            tiers_all: Ladder::default(),
            reopen_within: TimeSpan::ZERO,
            labels: BTreeMap::new(),
        };
        policy.topics.insert(topic.id.clone(), topic);
    }
    policy.route.pace = Pace {
        group_wait: line.get("wait").map(span),
        group_interval: line.get("interval").map(span),
        repeat_interval: line.get("repeat").map(span),
    };
    receive(&mut policy, "desk", false, None);
    lead(&mut policy, Target::Receiver(id("desk")), None);
    if let Some(from) = line.get("pager") {
        receive(
            &mut policy,
            "pager",
            true,
            line.get("quiet").map(|text| weekly(text, &line)),
        );
        lead(
            &mut policy,
            Target::Receiver(id("pager")),
            Some(from.parse().unwrap()),
        );
    }
    if line.get("chain").is_some() {
        chain(&mut policy, &line);
    }
    for (words, tier) in tiers(line.get("valid").unwrap_or_default()) {
        policy.acknowledgement_valid.insert(tier, span(words[1]));
    }
    let calendar = line.get("calendar");
    let calendar = calendar.map(|hours| business(&mut policy, hours, &line));
    for rule in parts(line.get("deadline").unwrap_or_default()) {
        let words: Vec<&str> = rule.split(' ').collect();
        policy.deadlines.push(DeadlineRule {
            duty: words[0].parse().unwrap(),
            topics: None,
            from_tier: words[1].parse().unwrap(),
            within: span(words[2]),
            warn_before: span(words[3]),
            calendar: calendar.clone(),
        });
    }
    if let Some(only) = line.get("only") {
        receive(&mut policy, "east", false, None);
        policy.route.routes.push(Route {
            takes: filter(only),
            to: vec![Target::Receiver(id("east"))],
            goes_on: true,
            ..Route::default()
        });
    }
    if let Some((by, mutes)) = line.get("inhibit").and_then(|text| text.split_once('>')) {
        let (by, mutes) = (filter(by), filter(mutes));
        policy.inhibitions.push(Inhibition { by, mutes });
    }
    line.check_keys();
    policy
}

/// A filter for one topic, for `all`, from a tier on (`from:II`), for a label (`label:region:east`).
pub(crate) fn filter(text: &str) -> Filter {
    let mut filter = Filter::default();
    match text.split(':').collect::<Vec<_>>()[..] {
        ["all"] => {}
        ["from", tier] => filter.from_tier = Some(tier.parse().unwrap()),
        ["label", key, value] => {
            let key = LabelKey::new(key).unwrap();
            filter.labels.insert(key, value.to_owned());
        }
        [topic] => filter.topics = Some([TopicId::new(topic).unwrap()].into()),
        _ => panic!("no filter: {text}"),
    }
    filter
}

fn id(text: &str) -> ReceiverId {
    ReceiverId::new(text).unwrap()
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn tiers(text: &str) -> Vec<(Vec<&str>, Tier)> {
    let each = parts(text).map(|part| part.split(' ').collect::<Vec<_>>());
    each.map(|words| (words.clone(), words[0].parse().unwrap()))
        .collect()
}

fn topics(line: &Line) -> BTreeMap<TopicId, TopicPolicy> {
    let calm_after = span(line.get("calm").unwrap_or("24h"));
    let floors = floors(line);
    let ladder = |prefix: &str| Ladder {
        floors,
        conditions: Tier::ALL
            .into_iter()
            .filter_map(|tier| Some((tier, line.get(&format!("{prefix}{tier}"))?.to_owned())))
            .collect(),
        holds: Tier::ALL
            .into_iter()
            .filter_map(|tier| Some((tier, line.get(&format!("{prefix}hold.{tier}"))?.to_owned())))
            .collect(),
        calm_after,
    };
    let more = line
        .get("topics")
        .into_iter()
        .flat_map(|ids| ids.split(','));
    let more = more.map(|id| TopicId::new(id).unwrap());
    let each = [topic()].into_iter().chain(more).map(|id| TopicPolicy {
        id,
        name: "食品安全".to_owned(),
        owner: "desk".to_owned(),
        tiers: ladder(""),
        tiers_all: ladder("all."),
        reopen_within: span(line.get("reopen").unwrap_or("0s")),
        labels: labels(line),
    });
    each.map(|topic| (topic.id.clone(), topic)).collect()
}

fn labels(line: &Line) -> BTreeMap<LabelKey, String> {
    let labels = line.get("labels").into_iter().flat_map(|l| l.split(','));
    let pairs = labels.map(|label| label.split_once(':').unwrap());
    pairs
        .map(|(key, value)| (LabelKey::new(key).unwrap(), value.to_owned()))
        .collect()
}

fn floors(line: &Line) -> Floors {
    let whole = |key: &str| line.get(key).map(|number| number.parse().unwrap());
    let usual = Floors::default();
    Floors {
        min_sigma: line
            .get("sigma")
            .map_or(usual.min_sigma, |sigma| sigma.parse().unwrap()),
        min_posts: whole("min_posts").unwrap_or(usual.min_posts),
        min_sources: whole("min_sources").unwrap_or(usual.min_sources),
        min_before: whole("min_before").unwrap_or(usual.min_before),
    }
}

fn watchdog(line: &Line) -> Option<Watchdog> {
    let asked = ["dead", "silent", "sources", "topicquiet", "canary"];
    asked.iter().find(|key| line.get(key).is_some())?;
    let length = |key| line.get(key).map_or(TimeSpan::ZERO, span);
    let watch = SourceWatch {
        dead_after: length("dead"),
        quiet_after: length("silent"),
    };
    let sources = line.get("sources").into_iter().flat_map(|s| s.split(','));
    Some(Watchdog {
        dead_after: watch.dead_after,
        quiet_after: watch.quiet_after,
        sources: sources
            .map(|source| (SourceId::new(source).unwrap(), watch))
            .collect(),
        topic_quiet_after: length("topicquiet"),
        canary: line.get("canary").map(|interval| CanaryWatch {
            interval: span(interval),
            within: span(line.get("canary_within").unwrap_or("1m")),
            partitions: line.get("parts").map_or(1, |parts| parts.parse().unwrap()),
        }),
        tiers: WatchTiers::default(),
    })
}

fn storm(line: &Line) -> Storm {
    let Some((notices, within)) = line.get("storm").and_then(|text| text.split_once('/')) else {
        return Storm {
            notices: 0,
            ..Storm::default()
        };
    };
    Storm {
        notices: notices.parse().unwrap(),
        within: span(within),
    }
}

fn receive(policy: &mut Policy, name: &str, pages: bool, quiet: Option<WeeklyTimes>) {
    let receiver = Receiver {
        id: id(name),
        pages,
        quiet,
    };
    policy.receivers.entry(id(name)).or_insert(receiver);
}

fn lead(policy: &mut Policy, to: Target, from_tier: Option<Tier>) {
    policy.route.routes.push(Route {
        takes: Filter {
            from_tier,
            ..Filter::default()
        },
        to: vec![to],
        goes_on: true,
        ..Route::default()
    });
}

fn weekly(text: &str, line: &Line) -> WeeklyTimes {
    WeeklyTimes {
        zone: zone(line),
        intervals: vec![text.parse().unwrap()],
    }
}

/// Hours of business; a make-up day is like a Monday.
fn business(policy: &mut Policy, hours: &str, line: &Line) -> CalendarId {
    let id = CalendarId::new("business").unwrap();
    let days = |key| {
        let days = line.get(key).into_iter().flat_map(|days| days.split(','));
        days.map(|day| (day.parse().unwrap(), "节日".to_owned()))
            .collect()
    };
    let calendar = Calendar {
        id: id.clone(),
        zone: zone(line),
        hours: vec![hours.parse().unwrap()],
        holidays: days("holidays"),
        make_up_days: days("makeup"),
        make_up_like: Weekday::Monday,
    };
    policy.calendars.insert(id.clone(), calendar);
    id
}

fn zone(line: &Line) -> Zone {
    Zone::new(line.get("zone").unwrap_or("UTC")).unwrap()
}

fn chain(policy: &mut Policy, line: &Line) {
    let text = line.get("chain").unwrap();
    let quiet = line.get("quiet").map(|text| weekly(text, line));
    let mut steps = Vec::new();
    for step in text.split('/') {
        let mut targets = Vec::new();
        for name in step.split(',') {
            let target = match name.strip_prefix('@') {
                None => {
                    receive(policy, name, true, quiet.clone());
                    StepTarget::Receiver(id(name))
                }
                Some(members) => StepTarget::Schedule(schedule(policy, members, line)),
            };
            targets.push(target);
        }
        steps.push(targets);
    }
    let last = line.get("last").unwrap_or("all");
    receive(policy, last, true, None);
    let chain = Chain {
        id: ChainId::new("night").unwrap(),
        acknowledge_within: tiers(line.get("within").unwrap_or("III 10m"))
            .into_iter()
            .map(|(words, tier)| (tier, span(words[1])))
            .collect(),
        steps,
        last_resort: id(last),
    };
    let from = line.get("from").unwrap_or("III").parse().unwrap();
    lead(policy, Target::Chain(chain.id.clone()), Some(from));
    policy.chains.insert(chain.id.clone(), chain);
}

fn schedule(policy: &mut Policy, members: &str, line: &Line) -> ScheduleId {
    let members: Vec<&str> = members.split('+').collect();
    for member in &members {
        receive(policy, member, true, None);
    }
    let starts = line.get("rota").unwrap_or("2025-12-31");
    let schedule = Schedule {
        id: ScheduleId::new("duty").unwrap(),
        zone: zone(line),
        layers: vec![Layer {
            members: members.into_iter().map(id).collect(),
            starts: format!("{starts} 08:00").parse().unwrap(),
            turn: Turn::Days(1),
            hand_over: "08:00".parse().unwrap(),
            only: None,
        }],
    };
    let known = schedule.id.clone();
    policy.schedules.insert(known.clone(), schedule);
    known
}
