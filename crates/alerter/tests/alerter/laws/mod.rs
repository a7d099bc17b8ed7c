//! What must hold for any steps.

mod counts;
mod events;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::record::{Escalation, EscalationState};
use fengbiao_alerter::{Alerter, Change};
use fengbiao_model::*;
use proptest::prelude::*;

use crate::script::{MIDNIGHT, hit, is_of_a_new_change, policy};
use counts::Counts;
use events::{Event, cut, draft, events, steps, telling};
use store::{Store, happened, key, keyed, run, same};

/// So many random sequences, or as many as `PROPTEST_CASES` says.
fn sequences(cases: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(cases),
    }
}

proptest! {
    #![proptest_config(sequences(80))]

    #[test]
    fn cutting_a_step_changes_nothing(events in events()) {
        let (mut whole, mut pieces) = (Alerter::new(), Alerter::new());
        let mut before = Store::default();
        for step in steps(&events) {
            let one = whole.step(&step);
            let many = run(&mut pieces, &cut(&step));
            prop_assert_eq!(happened(&one), happened(&many));
            prop_assert_eq!((one.taken, &one.remarks), (many.taken, &many.remarks));
            let (mut from_one, mut from_many) = (Store(before.0.clone()), before);
            from_one.apply(&one.changes);
            from_many.apply(&many.changes);
            same(&from_one.0, &from_many.0)?;
            before = from_one;
        }
        same(&keyed(&whole), &keyed(&pieces))?;
    }

    #[test]
    fn what_was_stored_is_what_is_in_memory(events in events()) {
        let mut live = Alerter::new();
        let mut store = Store::default();
        for step in steps(&events) {
            let mut restored = store.restore();
            let effects = live.step(&step);
            prop_assert_eq!(&effects, &restored.step(&step), "the same from either");
            store.apply(&effects.changes);
            let restored = store.restore();
            same(&keyed(&live), &keyed(&restored))?;
            prop_assert_eq!(live.next_due(), restored.next_due());
            let again = Alerter::restore(live.records()).unwrap();
            prop_assert_eq!(live.records(), again.records());
        }
    }

    #[test]
    fn one_change_gives_one_receiver_one_key(events in events()) {
        let effects = run(&mut Alerter::new(), &steps(&events));
        let mut keys = BTreeSet::new();
        for change in &effects.changes {
            let Change::Notice(notice) = change else { continue };
            let key = notice.key.clone();
            prop_assert!(keys.insert(key.clone()), "twice: {}", key);
            prop_assert!(is_of_a_new_change(notice), "{key} {:?}", notice.kind);
        }
    }

    #[test]
    fn who_has_taken_it_on_is_left_in_peace(events in events()) {
        let mut alerter = Alerter::new();
        for step in steps(&events).iter().flat_map(cut) {
            let effects = alerter.step(&step);
            let taken: BTreeSet<IncidentId> = alerter
                .records()
                .into_iter()
                .filter_map(|record| match record {
                    Change::Incident(incident) => incident.acknowledged.map(|_| incident.id),
                    _ => None,
                })
                .collect();
            for change in &effects.changes {
                let Change::Notice(notice) = change else { continue };
                let speaks = matches!(
                    notice.kind,
                    NoticeKind::Calmed
                        | NoticeKind::Closed
                        | NoticeKind::DeadlineNear
                        | NoticeKind::DeadlineMissed
                        | NoticeKind::ReplyNear
                        | NoticeKind::ReplyMissed
                );
                prop_assert!(speaks || !taken.contains(&notice.key.incident), "{}", notice.key);
            }
        }
    }

    #[test]
    fn no_step_of_a_chain_is_skipped_or_doubled(events in events()) {
        let mut alerter = Alerter::new();
        let mut known: BTreeMap<IncidentId, Escalation> = BTreeMap::new();
        for step in steps(&events).iter().flat_map(cut) {
            let effects = alerter.step(&step);
            for change in &effects.changes {
                let Change::Duties(id, duties) = change else { continue };
                let Some(now) = duties.chains.values().next().copied() else {
                    known.remove(id);
                    continue;
                };
                let before = known.insert(*id, now);
                match before {
                    Some(before) if before.round == now.round => {
                        prop_assert!(now.step == before.step || now.step == before.step + 1);
                    }
                    Some(before) => {
                        prop_assert_eq!((now.round, now.step), (before.round + 1, 0));
                        prop_assert!(matches!(
                            before.state,
                            EscalationState::Stopped | EscalationState::Exhausted
                        ));
                    }
                    None => prop_assert_eq!((now.round, now.step), (1, 0)),
                }
            }
        }
    }

    #[test]
    fn no_chain_waits_for_a_notice_that_never_goes(events in events()) {
        let mut alerter = Alerter::new();
        for step in steps(&events) {
            alerter.step(&step);
            let (mut telling, mut waiting) = (BTreeSet::new(), BTreeSet::new());
            for record in alerter.records() {
                match record {
                    Change::Duties(id, duties) => {
                        let mut chains = duties.chains.values();
                        if chains.any(|at| at.state == EscalationState::Telling) {
                            telling.insert(id);
                        }
                    }
                    Change::Pending(id, _, pending) if pending.waiting.is_some() => {
                        waiting.insert(id);
                    }
                    _ => {}
                }
            }
            prop_assert!(telling.is_subset(&waiting), "{telling:?} {waiting:?}");
        }
    }

    #[test]
    fn the_counts_of_a_notice_are_those_of_its_posts(events in events()) {
        let mut alerter = Alerter::new();
        let mut counts = Counts::default();
        for step in steps(&events).iter().flat_map(cut) {
            let effects = alerter.step(&step);
            counts.begin(&step, &effects);
            for change in &effects.changes {
                counts.take(change);
                match change {
                    // What the pipeline says of itself has no posts.
                    Change::Notice(notice) if notice.topic.is_pipeline() => {
                        prop_assert_eq!((notice.totals, notice.quotes.len()), (Totals::default(), 0));
                    }
                    Change::Notice(notice) => {
                        let of = counts.of(notice.key.incident);
                        prop_assert_eq!(notice.totals, of.totals(), "{}", notice.key);
                        let shown = notice.quotes.iter().map(|quote| quote.post);
                        let mut known = shown.filter(|post| !of.has(*post));
                        prop_assert_eq!(known.next(), None);
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn what_is_inhibited_is_not_told_after_a_restart_while_its_muter_stands(events in events()) {
        let mut store = Store::default();
        let mut before = BTreeMap::new();
        for step in steps(&events).iter().flat_map(cut) {
            let mut alerter = store.restore();
            let effects = alerter.step(&step);
            store.apply(&effects.changes);
            let after = incidents(&alerter);
            let standing = |incident: &&Incident| after.get(&incident.id) == Some(*incident);
            for change in &effects.changes {
                let Change::Notice(notice) = change else { continue };
                let news = matches!(
                    notice.kind,
                    NoticeKind::Opened
                        | NoticeKind::Raised
                        | NoticeKind::Reopened
                        | NoticeKind::Repeated
                        | NoticeKind::Escalated
                        | NoticeKind::Lapsed
                );
                if !news || notice.topic != crate::script::topic() {
                    continue;
                }
                let mutes = |other: &&Incident| {
                    let (tier, id) = (Some(notice.tier), notice.key.incident);
                    let subject = other.subject == notice.subject || other.subject == SubjectKey::All;
                    let louder = other.tier > tier || other.tier == tier && other.id < id;
                    other.topic.as_str() == "power" && other.is_open() && subject && louder
                };
                let muter = before.values().filter(standing).find(mutes);
                prop_assert!(muter.is_none(), "{} is told beside {:?}", notice.key, muter);
            }
            before = after;
        }
    }

    #[test]
    fn a_silenced_incident_tells_only_what_is_owed_or_over(events in events()) {
        let mut alerter = Alerter::new();
        for step in steps(&events).iter().flat_map(cut) {
            let effects = alerter.step(&step);
            let wall = alerter.clocks().wall;
            let everything = alerter.records().into_iter().any(|record| {
                matches!(record, Change::Silence(silence)
                    if silence.holds(wall) && matches!(silence.covers, Silenced::Filter(_)))
            });
            // A silence that begins in this step begins after what was due before it.
            let begins = !step.commands.is_empty();
            for change in &effects.changes {
                let Change::Notice(notice) = change else { continue };
                // A canary's way is measured also in silence.
                if notice.key.receiver == ReceiverId::null() {
                    continue;
                }
                let news = matches!(
                    notice.kind,
                    NoticeKind::Opened
                        | NoticeKind::Raised
                        | NoticeKind::Repeated
                        | NoticeKind::Escalated
                        | NoticeKind::Lapsed
                );
                prop_assert!(begins || !everything || !news, "{} {:?}", notice.key, notice.kind);
            }
        }
    }

    #[test]
    fn an_incident_counts_each_of_its_posts_once(events in events()) {
        // Within a time in which no post is forgotten.
        let short = |event: &Event| !matches!(event, Event::Pass(secs) if *secs > 40_000);
        let events: Vec<Event> = events.into_iter().filter(short).collect();
        let mut store = Store::default();
        store.apply(&run(&mut Alerter::new(), &steps(&events)).changes);
        let mut members = BTreeMap::<IncidentId, u64>::new();
        for record in store.0.values() {
            if let Change::Member(id, ..) = record {
                *members.entry(*id).or_default() += 1;
            }
        }
        for record in store.0.values() {
            if let Change::Incident(incident) = record {
                let posts = members.get(&incident.id).copied();
                let alarm = incident.topic.is_pipeline().then_some(0);
                prop_assert_eq!(posts.or(alarm), Some(incident.totals.posts));
            }
        }
    }

    #[test]
    fn the_order_between_partitions_changes_no_highest_tier(
        hits in prop::collection::vec((0..3_u32, 0..4_u8, 0..8_u8, 0..9_u8, 0..7_200_i64, 1..=5_u8), 1..60),
        picks in prop::collection::vec(0..3_usize, 60),
    ) {
        let mut lanes: [Vec<Hit>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        for (nth, &(part, place, voice, story, back, weight)) in hits.iter().enumerate() {
            let lane = &mut lanes[part as usize];
            let event = Event::Hit {
                part, place, voice, story, back, weight, source: voice % 3, post: 0,
            };
            let now = MIDNIGHT + TimeSpan::from_hours(24);
            let mut draft = draft(&event, now, lane.len() as u64).unwrap();
            (draft.id, draft.published_at) = (nth.to_string(), None);
            lane.push(telling(&event, hit(&draft)));
        }
        let in_lanes: Vec<Hit> = lanes.iter().flatten().cloned().collect();
        let mut waiting = lanes.map(std::collections::VecDeque::from);
        let mut mixed: Vec<Hit> = Vec::new();
        for pick in picks {
            mixed.extend(waiting[pick].pop_front());
        }
        mixed.extend(waiting.into_iter().flatten());
        let (one, other) = (taken(in_lanes), taken(mixed));
        prop_assert_eq!(highest_tiers(&one), highest_tiers(&other));
        prop_assert_eq!(kept_until(&one), kept_until(&other));
    }
}

/// The incidents as they stand.
fn incidents(alerter: &Alerter) -> BTreeMap<IncidentId, Incident> {
    let records = alerter.records().into_iter();
    let incidents = records.filter_map(|record| match record {
        Change::Incident(incident) => Some((incident.id, incident)),
        _ => None,
    });
    incidents.collect()
}

/// The detectors of a catch-up: whatever lane is read first, the windows compared with are whole.
const COMPARING: &str = r#"
    IV="ears_10m >= 1.5" III="c2_10m >= 2 || c1_voices_10m >= 3" II="c3_5m >= 1 || cusum_5m >= 2"
    I="burst_10m > 0.4 || growth_10m >= 4" all.III="ears_1h >= 1" all.II="c3_stories_10m >= 2"
    min_posts=1 calm=24h
"#;

proptest! {
    #![proptest_config(sequences(60))]

    #[test]
    fn what_is_read_first_changes_no_verdict_of_a_detector(
        hits in prop::collection::vec((0..3_usize, 1..3_u8, 0..8_u8, 0..14_400_i64), 20..120),
        picks in prop::collection::vec(0..3_usize, 120),
        others in prop::collection::vec(0..3_usize, 120),
    ) {
        let mut hits = hits;
        hits.sort_by_key(|&(_, _, _, back)| std::cmp::Reverse(back));
        let now = MIDNIGHT + TimeSpan::from_hours(24);
        let mut lanes: [Vec<Hit>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        for (nth, &(part, place, voice, back)) in hits.iter().enumerate() {
            let (story, weight, source, post) = (voice, 1, 1, 0);
            let event = Event::Hit {
                part: u32::try_from(part).unwrap(), place, voice, source, story, post, back, weight,
            };
            let mut draft = draft(&event, now, lanes[part].len() as u64).unwrap();
            (draft.id, draft.published_at) = (nth.to_string(), None);
            lanes[part].push(hit(&draft));
        }
        let (one, other) = (caught_up(&lanes, &picks), caught_up(&lanes, &others));
        prop_assert!(!one.is_empty());
        prop_assert_eq!(one, other);
    }
}

/// The highest tiers after a catch-up that reads the lanes in this order; each marks its place
/// after every hit, and all stand at their ends at last.
fn caught_up(lanes: &[Vec<Hit>; 3], picks: &[usize]) -> BTreeMap<SubjectKey, Tier> {
    let mark = |part: usize, found_at, at_end| {
        let partition = Partition(u32::try_from(part).unwrap());
        let mark = PartitionMark {
            partition,
            next: Offset(1_000),
            found_at,
            at_end,
            since: None,
        };
        (Position::default(), HitRecord::Marks(Marks(vec![mark])))
    };
    let mut waiting = lanes.clone().map(std::collections::VecDeque::from);
    let mut steps = steps(&[]);
    let action = Action::Policy(Box::new(policy(COMPARING)));
    steps[0].commands[0].action = action;
    let records = &mut steps[0].hits;
    records.extend((0..3).map(|part| mark(part, MIDNIGHT, false)));
    for part in picks
        .iter()
        .copied()
        .chain((0..3).flat_map(|part| [part; 120]))
    {
        if let Some(hit) = waiting[part].pop_front() {
            let found_at = hit.post.found_at;
            records.push((Position::default(), HitRecord::Hit(hit)));
            records.push(mark(part, found_at, false));
        }
    }
    records.extend((0..3).map(|part| mark(part, MIDNIGHT, true)));
    let mut alerter = Alerter::new();
    run(&mut alerter, &steps);
    highest_tiers(&alerter)
}

/// After these hits, in this order, all within calm.
fn taken(hits: Vec<Hit>) -> Alerter {
    let mut alerter = Alerter::new();
    let mut steps = steps(&[]);
    steps[0].hits = hits
        .into_iter()
        .map(|hit| (Position::default(), HitRecord::Hit(hit)))
        .collect();
    run(&mut alerter, &steps);
    alerter
}

/// When each tier of each subject was last true or held: from there calm counts.
fn kept_until(alerter: &Alerter) -> BTreeMap<(SubjectKey, Tier), Timestamp> {
    let mut subjects = BTreeMap::new();
    let mut kept = BTreeMap::new();
    for record in alerter.records() {
        match record {
            Change::Incident(incident) => drop(subjects.insert(incident.id, incident.subject)),
            Change::Lifetime(id, life) => {
                let held = life.held.iter().map(|(tier, reason)| (*tier, reason.at));
                for (tier, at) in held.chain(life.true_at.clone()) {
                    let known = kept.entry((subjects[&id].clone(), tier)).or_insert(at);
                    *known = at.max(*known);
                }
            }
            _ => {}
        }
    }
    kept
}

fn highest_tiers(alerter: &Alerter) -> BTreeMap<SubjectKey, Tier> {
    let mut highest = BTreeMap::new();
    for record in alerter.records() {
        let Change::Incident(incident) = record else {
            continue;
        };
        let Some(tier) = incident.highest_tier else {
            continue;
        };
        let known = highest.entry(incident.subject).or_insert(tier);
        *known = tier.max(*known);
    }
    highest
}

#[test]
fn a_step_gives_out_a_record_once() {
    let mut steps = steps(&[]);
    for nth in 0..20 {
        let event = Event::Hit {
            part: 0,
            place: 1,
            voice: nth,
            source: 1,
            story: nth,
            post: 0,
            back: 0,
            weight: 1,
        };
        let mut draft = draft(&event, MIDNIGHT + TimeSpan::from_hours(24), u64::from(nth)).unwrap();
        (draft.id, draft.published_at) = (nth.to_string(), None);
        steps[0]
            .hits
            .push((Position::default(), HitRecord::Hit(hit(&draft))));
    }
    let effects = run(&mut Alerter::new(), &steps);
    let mut keys = BTreeSet::new();
    let records = effects.changes.iter().filter(|change| {
        !matches!(
            change,
            Change::Notice(_) | Change::Withheld(..) | Change::Audit { .. } | Change::Event(_)
        )
    });
    for record in records {
        assert!(keys.insert(key(record)), "twice: {record:?}");
    }
    assert!(keys.len() > 60, "{}", keys.len());
}

/// The detectors that random events make speak.
const METHODS: [&str; 7] = ["ears", "c1", "c2", "c3", "cusum", "burst", "growth"];

#[test]
fn the_generator_reaches_what_it_is_for() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..360 {
        let events = events().new_tree(&mut runner).unwrap().current();
        for change in run(&mut Alerter::new(), &steps(&events)).changes {
            match change {
                Change::Notice(notice) if notice.key.receiver == ReceiverId::null() => {
                    seen.insert("canary");
                }
                Change::Notice(notice) if notice.topic.is_pipeline() => {
                    seen.insert(match notice.kind {
                        NoticeKind::Closed => "alarm over",
                        _ => "alarm",
                    });
                }
                Change::Notice(notice) => {
                    seen.insert(notice.kind.as_str());
                    let measures = notice.reason.measures.iter();
                    let judged = measures.filter(|m| m.usual.is_some() && m.value > 0.0);
                    seen.extend(judged.filter_map(|measure| {
                        let method = measure.name.split('_').next().unwrap();
                        METHODS.into_iter().find(|known| *known == method)
                    }));
                }
                Change::DropCoverage(_) => drop(seen.insert("uncovered")),
                Change::DropSource(_) => drop(seen.insert("source forgotten")),
                Change::Withheld(_, why) => drop(seen.insert(why.as_str())),
                Change::DropIncident(_) => drop(seen.insert("dropped")),
                Change::DropBucket(_) => drop(seen.insert("expired")),
                Change::DropQuote(..) => drop(seen.insert("unquoted")),
                Change::Event(event) => drop(seen.insert(event.what.kind())),
                _ => {}
            }
        }
    }
    let all = [
        "deadline_near",
        "deadline_missed",
        "reply_near",
        "reply_missed",
        "escalated",
        "lapsed",
        "unanswered",
        "quiet_hours",
        "silenced",
        "storm",
        "opened",
        "raised",
        "repeated",
        "calmed",
        "closed",
        "not_routed",
        "superseded",
        "acknowledged",
        "gathered",
        "inhibited",
        "stale",
        "lowered",
        "tier_changed",
        "tier_held",
        "staged",
        "graded",
        "classified",
        "labelled",
        "noted",
        "asked",
        "replied",
        "assessed",
        "answered",
        "outcome",
        "reopened",
        "merged_into",
        "absorbed",
        "split_off",
        "split_from",
        "follows_up",
        "dropped",
        "expired",
        "unquoted",
        "canary",
        "alarm",
        "alarm over",
    ];
    let missing: Vec<_> = all
        .into_iter()
        .chain(METHODS)
        .filter(|what| !seen.contains(what))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
