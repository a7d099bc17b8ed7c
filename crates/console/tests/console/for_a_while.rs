//! Silences and stand-ins: each route, good and bad.

use fengbiao_model::*;
use serde_json::{Value, json};

use crate::{NOW, Server, check, nth};

const SILENCES: &str = "/v1/silences";
const STAND_INS: &str = "/v1/stand-ins";
/// Two hours after now, as the API writes it.
const UNTIL: &str = "2027-01-15T10:00:00.000Z";

fn later(hours: i64) -> Timestamp {
    NOW + TimeSpan::from_hours(hours)
}

/// What the ledger has of it before a test: a topic, a schedule, two receivers.
pub(crate) fn policy() -> Policy {
    let mut policy = Policy::default();
    let topic = TopicPolicy {
        id: TopicId::new("service-outage").unwrap(),
        name: "服务中断".to_owned(),
        owner: "operations-desk".to_owned(),
        tiers: Ladder::default(),
        tiers_all: Ladder::default(),
        reopen_within: TimeSpan::from_hours(24),
        labels: std::collections::BTreeMap::new(),
    };
    policy.topics.insert(topic.id.clone(), topic);
    for id in ["desk", "li"] {
        let id = ReceiverId::new(id).unwrap();
        let receiver = Receiver {
            id: id.clone(),
            pages: true,
            quiet: None,
        };
        policy.receivers.insert(id, receiver);
    }
    let schedule = Schedule {
        id: ScheduleId::new("duty").unwrap(),
        zone: Zone::new("Asia/Shanghai").unwrap(),
        layers: Vec::new(),
    };
    policy.schedules.insert(schedule.id.clone(), schedule);
    policy
}

/// A silence that the ledger has before a test.
pub(crate) fn silence() -> Silence {
    Silence {
        number: SilenceNumber(4),
        covers: Silenced::Incident(nth(2)),
        from: NOW,
        until: later(2),
        by: Actor::new("duty").unwrap(),
        reason: "演练".to_owned(),
    }
}

/// Somebody who stands in before a test.
pub(crate) fn stand_in() -> (OverrideNumber, Override) {
    let held = Override {
        schedule: ScheduleId::new("duty").unwrap(),
        receiver: ReceiverId::new("li").unwrap(),
        from: NOW,
        to: later(2),
        by: Actor::new("chen").unwrap(),
    };
    (OverrideNumber(3), held)
}

/// A request, with fields put in place of its own; null takes one away.
fn with(mut request: Value, fields: &Value) -> String {
    for (name, value) in fields.as_object().unwrap() {
        if value.is_null() {
            request.as_object_mut().unwrap().remove(name);
        } else {
            request[name] = value.clone();
        }
    }
    request.to_string()
}

/// Asks for what must be refused: fields, status, code, what the detail must say.
async fn refuses(server: &Server, path: &str, request: &Value, cases: &[(Value, u16, &str, &str)]) {
    for (fields, status, code, says) in cases {
        let body = with(request.clone(), fields);
        let answer = server.check(path, &body, *status, code).await;
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{fields}: {detail}");
    }
    server.check(path, "{", 400, "invalid_json").await;
    assert!(server.commands().is_empty(), "nothing refused was stored");
}

#[tokio::test]
async fn silences_are_listed_and_the_view_audited() {
    let server = Server::start().await;
    let body = check(server.get(SILENCES).await, 200, "").await;
    let expected = json!({ "silences": [{
        "number": 4,
        "covers": { "scope": "incident", "incident": "2026-2" },
        "from": "2027-01-15T08:00:00.000Z",
        "until": UNTIL,
        "by": "duty",
        "reason": "演练",
    }] });
    assert_eq!(body, expected);
    let audited = server.audited();
    let line = |text: &str| text.to_owned();
    assert_eq!(
        audited,
        [(line("api"), line("silences.listed"), line("silences"))]
    );
}

#[tokio::test]
async fn silences_are_taken() {
    let server = Server::start().await;
    let filter = json!({
        "topics": ["service-outage"], "from_tier": "III", "subjects": ["青禾县"],
        "labels": { "district": "东区" },
    });
    for body in [
        json!({ "covers": { "scope": "incident", "incident": "2026-1" }, "until": UNTIL,
                "reason": " 演练 ", "by": " 夜班 " }),
        json!({ "covers": { "scope": "filter", "filter": filter },
                "from": "2027-01-15T17:00:00+08:00", "until": UNTIL, "reason": "检修", "by": "li" }),
        json!({ "covers": { "scope": "filter", "filter": {} }, "until": UNTIL, "reason": "搬家",
                "by": "li" }),
        // The policy has this topic no longer, but it has an open incident.
        json!({ "covers": { "scope": "filter", "filter": { "topics": ["food-safety"] } },
                "until": UNTIL, "reason": "收尾", "by": "li" }),
    ] {
        server.check(SILENCES, &body.to_string(), 202, "").await;
    }
    let commands = server.commands();
    assert_eq!(commands.len(), 4);
    assert_eq!(commands[0].by.as_str(), "夜班");
    let first = Action::Silence {
        covers: Silenced::Incident(nth(1)),
        from: None,
        until: later(2),
        reason: "演练".to_owned(),
    };
    assert_eq!(commands[0].action, first);
    let second = Action::Silence {
        covers: Silenced::Filter(Filter {
            topics: Some([TopicId::new("service-outage").unwrap()].into()),
            from_tier: Some(Tier::III),
            subjects: Some(["青禾县".to_owned()].into()),
            labels: [(LabelKey::new("district").unwrap(), "东区".to_owned())].into(),
        }),
        from: Some(later(1)),
        until: later(2),
        reason: "检修".to_owned(),
    };
    assert_eq!(commands[1].action, second);
}

#[tokio::test]
async fn silences_that_cannot_be_are_refused() {
    let server = Server::start().await;
    let request = json!({
        "covers": { "scope": "incident", "incident": "2026-1" }, "until": UNTIL, "reason": "演练",
        "by": "duty",
    });
    let incident = |number| json!({ "covers": { "scope": "incident", "incident": number } });
    let filter = |filter: Value| json!({ "covers": { "scope": "filter", "filter": filter } });
    let cases = [
        (incident("2026-9"), 404, "unknown_incident", "`2026-9`"),
        (
            incident("2026-3"),
            409,
            "already_closed",
            "expected an open one",
        ),
        (incident("seven"), 422, "invalid_body", "`2026-17`"),
        (
            json!({ "covers": { "scope": "all" } }),
            422,
            "invalid_body",
            "unknown variant `all`",
        ),
        (
            filter(json!({ "topics": [] })),
            422,
            "empty_list",
            "`topics` is empty",
        ),
        (
            filter(json!({ "subjects": [] })),
            422,
            "empty_list",
            "`subjects` is empty",
        ),
        (
            filter(json!({ "topics": ["weather"] })),
            422,
            "unknown_topic",
            "`service-outage`",
        ),
        (
            filter(json!({ "topics": ["a b"] })),
            422,
            "invalid_value",
            "`topics`",
        ),
        (
            filter(json!({ "from_tier": "V" })),
            422,
            "invalid_body",
            "`IV`, `III`, `II` or `I`",
        ),
        (
            filter(json!({ "labels": { "A B": "x" } })),
            422,
            "invalid_value",
            "`labels`",
        ),
        (
            filter(json!({ "colour": "red" })),
            422,
            "invalid_body",
            "colour",
        ),
        (
            json!({ "until": "2027-01-15T08:00:00Z" }),
            422,
            "invalid_period",
            "`until` is `2027-01-15T08:00:00.000Z`, expected a time after now",
        ),
        (
            json!({ "from": "2027-01-15T11:00:00Z" }),
            422,
            "invalid_period",
            "after `from`, `2027-01-15T11:00:00.000Z`",
        ),
        (
            json!({ "until": "2027-02-14T08:00:00.001Z" }),
            422,
            "silence_too_long",
            "expected `2027-02-14T08:00:00.000Z` at the latest",
        ),
        (
            json!({ "until": "tomorrow" }),
            422,
            "invalid_body",
            "RFC 3339",
        ),
        (
            json!({ "until": null }),
            422,
            "invalid_body",
            "missing field `until`",
        ),
        (
            json!({ "reason": " " }),
            422,
            "invalid_reason",
            "`reason` is empty",
        ),
        (
            json!({ "reason": "x".repeat(4_097) }),
            422,
            "invalid_reason",
            "has 4097 bytes",
        ),
        (json!({ "by": "" }), 422, "invalid_name", "`by`"),
        (json!({ "colour": "red" }), 422, "invalid_body", "colour"),
    ];
    refuses(&server, SILENCES, &request, &cases).await;
}

#[tokio::test]
async fn silences_end() {
    let server = Server::start().await;
    let by = r#"{"by":"夜班"}"#;
    server.check("/v1/silences/4/end", by, 202, "").await;
    let silence = SilenceNumber(4);
    assert_eq!(server.commands()[0].action, Action::EndSilence { silence });
    for (path, body, status, code) in [
        ("/v1/silences/5/end", by, 404, "unknown_silence"),
        ("/v1/silences/0/end", by, 400, "invalid_number"),
        ("/v1/silences/+4/end", by, 400, "invalid_number"),
        ("/v1/silences/last/end", by, 400, "invalid_number"),
        ("/v1/silences/4/end", "{}", 422, "invalid_body"),
        ("/v1/silences/4/end", r#"{"by":" "}"#, 422, "invalid_name"),
    ] {
        server.check(path, body, status, code).await;
    }
    assert_eq!(server.commands().len(), 1);
}

#[tokio::test]
async fn stand_ins_are_listed_and_the_view_audited() {
    let server = Server::start().await;
    let body = check(server.get(STAND_INS).await, 200, "").await;
    let expected = json!({ "stand_ins": [{
        "number": 3,
        "schedule": "duty",
        "receiver": "li",
        "from": "2027-01-15T08:00:00.000Z",
        "to": UNTIL,
        "by": "chen",
    }] });
    assert_eq!(body, expected);
    assert_eq!(server.audited()[0].1, "stand_ins.listed");
}

#[tokio::test]
async fn stand_ins_are_taken_and_refused() {
    let server = Server::start().await;
    let request = json!({ "schedule": "duty", "receiver": "desk", "to": UNTIL, "by": "chen" });
    let cases = [
        (
            json!({ "schedule": "nights" }),
            422,
            "unknown_schedule",
            "expected one of `duty`",
        ),
        (
            json!({ "schedule": "a b" }),
            422,
            "invalid_value",
            "`schedule`",
        ),
        (
            json!({ "receiver": "wang" }),
            422,
            "unknown_receiver",
            "expected one of `desk`, `li`",
        ),
        (
            json!({ "receiver": "" }),
            422,
            "invalid_value",
            "`receiver`",
        ),
        (
            json!({ "to": "2027-01-15T07:59:59Z" }),
            422,
            "invalid_period",
            "`to` is `2027-01-15T07:59:59.000Z`, expected a time after now",
        ),
        (
            json!({ "from": UNTIL }),
            422,
            "invalid_period",
            "after `from`",
        ),
        (
            json!({ "to": null }),
            422,
            "invalid_body",
            "missing field `to`",
        ),
        (
            json!({ "by": null }),
            422,
            "invalid_body",
            "missing field `by`",
        ),
    ];
    refuses(&server, STAND_INS, &request, &cases).await;
    server.check(STAND_INS, &request.to_string(), 202, "").await;
    let stand_in = Action::StandIn {
        schedule: ScheduleId::new("duty").unwrap(),
        receiver: ReceiverId::new("desk").unwrap(),
        from: None,
        to: later(2),
    };
    assert_eq!(server.commands()[0].action, stand_in);
}

#[tokio::test]
async fn stand_ins_end() {
    let server = Server::start().await;
    let by = r#"{"by":"chen"}"#;
    server.check("/v1/stand-ins/3/end", by, 202, "").await;
    let number = OverrideNumber(3);
    assert_eq!(server.commands()[0].action, Action::EndStandIn { number });
    for (path, body, status, code) in [
        ("/v1/stand-ins/4/end", by, 404, "unknown_stand_in"),
        ("/v1/stand-ins/x/end", by, 400, "invalid_number"),
        ("/v1/stand-ins/3/end", "[]", 422, "invalid_body"),
    ] {
        server.check(path, body, status, code).await;
    }
    assert_eq!(server.commands().len(), 1);
}

#[tokio::test]
async fn what_is_owed_is_in_the_answer_and_on_the_page() {
    let server = Server::start().await;
    let body = check(server.get("/v1/incidents/1").await, 200, "").await;
    let owed = json!([{ "duty": "verify", "due": UNTIL, "state": "running" }]);
    assert_eq!(body["deadlines"], owed);
    let page = server
        .get(&crate::link(&server.ledger, 1, crate::LATER))
        .await;
    let page = page.text().await.unwrap();
    for row in [
        "<dt>接手时限</dt><dd>2027-01-15 09:00 · 已逾期</dd>",
        "<dt>核实时限</dt><dd>2027-01-15 10:00</dd>",
    ] {
        assert!(page.contains(row), "no {row} in {page}");
    }
}
