//! The console behind a real HTTP server on loopback, over a real ledger.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod for_a_while;
mod page;
mod verdicts;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fengbiao_alerter::record::Duties;
use fengbiao_alerter::{Change, Effects};
use fengbiao_console::{
    CommandError, CommandPort, Console, Language, SigningKey, Verdict, Viewer, router, sign,
};
use fengbiao_ledger::{Ledger, StepCommit, StepRecord};
use fengbiao_model::*;
use reqwest::{Client, Response};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const ATTACK: &str = "<script>alert('1')</script>";

struct StoodClock;

impl Clock for StoodClock {
    fn wall(&self) -> Timestamp {
        NOW
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }
    fn real(&self, _span: TimeSpan) -> Duration {
        Duration::ZERO
    }
}

/// Stores commands as the app does, unless it is stopping.
struct Port {
    ledger: Arc<Ledger>,
    stopping: AtomicBool,
    /// What the alerter does when it takes a command.
    alerter: Mutex<fn(&Ledger) -> Verdict>,
}

impl CommandPort for Port {
    fn submit(&self, by: Actor, action: Action) -> Result<Command, CommandError> {
        if self.stopping.load(Ordering::SeqCst) {
            return Err(CommandError::Stopping);
        }
        Ok(self.ledger.push_command(by, action, NOW)?)
    }

    fn verdict(&self, _command: u64) -> Verdict {
        (self.alerter.lock().unwrap())(&self.ledger)
    }
}

struct Server {
    _dir: tempfile::TempDir,
    ledger: Arc<Ledger>,
    port: Arc<Port>,
    client: Client,
    base: String,
}

fn key() -> SigningKey {
    SigningKey::new([7; 32])
}

fn notice_key(incident: u64) -> NoticeKey {
    let receiver = ReceiverId::new("desk").unwrap();
    NoticeKey {
        incident: IncidentId(incident),
        change: 1,
        rung: 0,
        receiver,
        part: 0,
    }
}

fn incident(id: u64, stage: Stage, by: Option<&str>) -> Incident {
    let topic = TopicId::new("food-safety").unwrap();
    let found_at = NOW - TimeSpan::from_hours(1);
    Incident {
        number: Some(nth(id)),
        stage,
        tier: stage.is_open().then_some(Tier::II),
        highest_tier: Some(Tier::II),
        change: 1,
        last_found_at: NOW,
        opened_at: Some(NOW),
        acknowledged: by.map(|by| Acknowledgement {
            by: Actor::new(by).unwrap(),
            at: NOW,
        }),
        totals: Totals {
            posts: 4,
            stories: 3,
            voices: 4,
            sources: 2,
            weight_max: 5,
        },
        ..Incident::latent(IncidentId(id), topic, SubjectKey::Unnamed, found_at)
    }
}

fn nth(running: u64) -> IncidentNumber {
    IncidentNumber::new(2026, u32::try_from(running).unwrap()).unwrap()
}

fn quote() -> Quote {
    Quote {
        post: PostId::from_bytes([1; 16]),
        story: StoryId(1),
        source: SourceId::new("a feed").unwrap(),
        url: Some("https://example.org/?a=1&b=\"2\"".to_owned()),
        title: Some(ATTACK.to_owned()),
        text: format!("食堂午饭后有人呕吐 {ATTACK}"),
        published_at: None,
        found_at: NOW,
        counts: Counts::default(),
        rule: RuleId::new("canteen-illness").unwrap(),
        spans: Vec::new(),
        copies: 3,
        widest_copy: None,
    }
}

fn notice(incident: u64) -> Notice {
    Notice {
        key: notice_key(incident),
        kind: NoticeKind::Opened,
        number: nth(incident),
        topic: TopicId::new("food-safety").unwrap(),
        topic_name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        subject: SubjectKey::Unnamed,
        tier: Tier::II,
        previous_tier: None,
        peak_tier: None,
        last_told: None,
        reason: Reason {
            method: "count".to_owned(),
            condition: "voices_1h >= 3".to_owned(),
            holds: None,
            measures: vec![Measure {
                name: "voices_1h".to_owned(),
                value: 4.0,
                usual: None,
            }],
            at: NOW,
        },
        class: Class::Incident,
        grade: None,
        labels: std::collections::BTreeMap::new(),
        answer: None,
        totals: Totals::default(),
        first_found_at: NOW,
        last_found_at: NOW,
        subjects: Vec::new(),
        more_subjects: 0,
        quotes: vec![quote()],
        late: false,
        made_at: NOW,
        merged: 0,
        held_back: None,
        taken_on: None,
        deadlines: vec![
            Deadline {
                duty: Duty::Report,
                due: NOW + TimeSpan::from_hours(1),
                warn_at: None,
                state: DeadlineState::Missed,
            },
            Deadline {
                duty: Duty::Verify,
                due: NOW + TimeSpan::from_hours(2),
                warn_at: None,
                state: DeadlineState::Warned,
            },
        ],
        asked: vec![Question {
            item: 1,
            of: format!("教育局 {ATTACK}"),
            what: ATTACK.to_owned(),
            due: NOW + TimeSpan::from_hours(3),
            warn_at: None,
            state: DeadlineState::Missed,
        }],
        told_before: Vec::new(),
        others: Vec::new(),
    }
}

/// Incidents 1 (open), 2 (taken on by `duty`) and 3 (closed), with a notice each.
fn fill(ledger: &Ledger) {
    let mut changes = vec![
        Change::Incident(incident(1, Stage::Detected, None)),
        Change::Incident(incident(2, Stage::Reported, Some("duty"))),
        Change::Incident(incident(3, Stage::Closed, None)),
        Change::Quote(IncidentId(1), quote()),
        Change::Member(IncidentId(1), quote().post, NOW),
    ];
    let owed = Deadline {
        duty: Duty::Verify,
        due: NOW + TimeSpan::from_hours(2),
        warn_at: None,
        state: DeadlineState::Running,
    };
    let duties = Duties {
        deadlines: [(owed.duty, owed)].into(),
        ..Duties::default()
    };
    let (number, held) = for_a_while::stand_in();
    changes.extend([
        Change::Policy(Box::new(for_a_while::policy())),
        Change::Duties(IncidentId(1), Box::new(duties)),
        Change::Silence(for_a_while::silence()),
        Change::StandIn(number, held),
    ]);
    changes.extend((1..=3).map(|id| Change::Notice(Box::new(notice(id)))));
    store(ledger, 1, changes);
}

fn store(ledger: &Ledger, number: u64, changes: Vec<Change>) {
    let epoch = ledger.take_ownership().unwrap();
    let step = StepRecord {
        number,
        wall: NOW,
        monotonic: TimeSpan::ZERO,
        process: epoch,
        commands: 1..1,
        pulses: Vec::new(),
        hits: Vec::new(),
    };
    let (before, effects) = (
        ledger.positions().unwrap(),
        Effects {
            changes,
            ..Effects::default()
        },
    );
    ledger
        .commit_step(&StepCommit {
            epoch,
            step: &step,
            before: &before,
            after: &before,
            effects: &effects,
        })
        .unwrap();
}

impl Server {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        let registry = prometheus::Registry::new();
        let ledger = Arc::new(Ledger::open(&path, Arc::new(StoodClock), &registry).unwrap());
        fill(&ledger);
        let port = Arc::new(Port {
            ledger: ledger.clone(),
            stopping: AtomicBool::new(false),
            alerter: Mutex::new(|_| Verdict::Waiting),
        });
        let console = Console {
            ledger: ledger.clone(),
            clock: Arc::new(StoodClock),
            commands: port.clone(),
            key: key(),
            language: None,
            zone: jiff::tz::TimeZone::UTC,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router(console)).await });
        Self {
            _dir: dir,
            ledger,
            port,
            client: Client::new(),
            base,
        }
    }

    async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .unwrap()
    }

    async fn post(&self, path: &str, kind: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        request.header("content-type", kind).send().await.unwrap()
    }

    /// Posts JSON and checks status and, for a problem, its code.
    async fn check(&self, path: &str, body: &str, status: u16, code: &str) -> Value {
        let response = self.post(path, "application/json", body.to_owned()).await;
        check(response, status, code).await
    }

    fn audited(&self) -> Vec<(String, String, String)> {
        let lines = self.ledger.audit_after(0, 100).unwrap();
        lines
            .into_iter()
            .map(|line| (line.by, line.what, line.on))
            .collect()
    }

    fn commands(&self) -> Vec<Command> {
        self.ledger.commands_after(0, 100).unwrap()
    }
}

async fn check(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status().as_u16(), status);
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    if status >= 400 {
        assert_eq!(kind, "application/problem+json");
        assert_eq!(
            (&body["code"], &body["status"]),
            (&json!(code), &json!(status)),
            "{body}"
        );
    } else {
        assert_eq!(kind, "application/json");
    }
    body
}

#[tokio::test]
async fn incidents_are_listed_by_page() {
    let server = Server::start().await;
    let numbers = |body: &Value| -> Vec<u32> {
        let incidents = body["incidents"].as_array().unwrap();
        let number = |incident: &Value| -> IncidentNumber {
            incident["number"].as_str().unwrap().parse().unwrap()
        };
        incidents.iter().map(|one| number(one).running()).collect()
    };
    let body = check(server.get("/v1/incidents").await, 200, "").await;
    assert_eq!(
        (numbers(&body), &body["next"], &body["left_out"]),
        (vec![3, 2, 1], &Value::Null, &json!(0))
    );
    let body = check(server.get("/v1/incidents?limit=2").await, 200, "").await;
    assert_eq!(
        (numbers(&body), &body["next"], &body["left_out"]),
        (vec![3, 2], &json!("2026-2"), &json!(1))
    );
    let body = check(
        server.get("/v1/incidents?limit=2&before=2026-2").await,
        200,
        "",
    )
    .await;
    assert_eq!((numbers(&body), &body["next"]), (vec![1], &Value::Null));
    let body = check(server.get("/v1/incidents?open=true&tier=II").await, 200, "").await;
    assert_eq!(numbers(&body), [2, 1]);
    let body = check(
        server.get("/v1/incidents?topic=service-outage").await,
        200,
        "",
    )
    .await;
    assert_eq!(numbers(&body), Vec::<u32>::new());
    for (query, code) in [
        ("limit=0", "invalid_limit"),
        ("limit=501", "invalid_limit"),
        ("limit=x", "invalid_query"),
        ("colour=red", "invalid_query"),
        ("topic=A%20B", "invalid_topic"),
        ("tier=V", "invalid_tier"),
    ] {
        check(
            server.get(&format!("/v1/incidents?{query}")).await,
            400,
            code,
        )
        .await;
    }
    let lists = server
        .audited()
        .into_iter()
        .filter(|(_, what, _)| what == "incidents.listed");
    assert_eq!(
        lists.count(),
        5,
        "every view is audited, a refused one is none"
    );
}

#[tokio::test]
async fn an_incident_is_shown_and_the_view_audited() {
    let server = Server::start().await;
    let body = check(server.get("/v1/incidents/1").await, 200, "").await;
    assert_eq!(body["incident"]["number"], "2026-1");
    assert_eq!(body["quotes"][0]["title"], ATTACK);
    assert_eq!(body["deliveries"][0]["state"], "waiting");
    assert_eq!(body["deliveries"][0]["notice"]["key"]["receiver"], "desk");
    let id = server.ledger.notice_id(&notice_key(1)).to_string();
    assert_eq!(body["deliveries"][0]["id"], id);
    assert_eq!(body["members"], 1);
    let line = |by: &str| {
        (
            by.to_owned(),
            "incident.viewed".to_owned(),
            "incident 2026-1".to_owned(),
        )
    };
    assert_eq!(server.audited(), [line("api")]);
    let text = body.to_string();
    for name in ["\"author\"", "\"voice\"", "\"pseudonym\""] {
        assert!(!text.contains(name), "{name}");
    }
    check(server.get("/v1/incidents/9").await, 404, "unknown_incident").await;
    check(server.get("/v1/incidents/x").await, 400, "invalid_number").await;
    assert_eq!(server.audited().len(), 1);
}

#[tokio::test]
async fn the_audit_names_whom_the_app_has_authenticated() {
    let server = Server::start().await;
    let console = Console {
        ledger: server.ledger.clone(),
        clock: Arc::new(StoodClock),
        commands: server.port.clone(),
        key: key(),
        language: Some(Language::En),
        zone: jiff::tz::TimeZone::UTC,
    };
    let viewer = axum::Extension(Viewer(Actor::new("li").unwrap()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/incidents/1", listener.local_addr().unwrap());
    let app = router(console).layer(viewer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    assert_eq!(server.client.get(url).send().await.unwrap().status(), 200);
    assert_eq!(server.audited()[0].0, "li");
}

#[tokio::test]
async fn deeds_are_taken_and_refused_in_the_alerters_words() {
    let server = Server::start().await;
    let path = "/v1/incidents/2026-1/deeds";
    let body = |deed: &Value| json!({ "by": "duty", "deed": deed }).to_string();
    let note = json!({ "kind": "note", "text": "已联系学校" });
    let taken = server.check(path, &body(&note), 202, "").await;
    assert_eq!(taken, json!({ "command": 1, "done": false }));
    let merge = json!({ "kind": "merge", "into": "2026-2" });
    let latest = "/v1/incidents/1/deeds";
    server.check(latest, &body(&merge), 202, "").await;
    let asked = |deed| Action::Incident {
        incident: nth(1),
        deed,
    };
    let commands = server.commands();
    let text = "已联系学校".to_owned();
    assert_eq!(commands[0].action, asked(Deed::Note { text }));
    let (into, note) = (nth(2), String::new());
    assert_eq!(commands[1].action, asked(Deed::Merge { into, note }));

    for (path, deed, status, code, says) in [
        (
            path,
            json!({ "kind": "note", "text": " " }),
            422,
            "invalid_value",
            "`text` is empty",
        ),
        (
            path,
            json!({ "kind": "sing" }),
            422,
            "invalid_body",
            "unknown variant `sing`",
        ),
        (
            path,
            json!({ "kind": "close" }),
            422,
            "invalid_body",
            "missing field `note`",
        ),
        (
            path,
            json!({ "kind": "grade", "grade": "V" }),
            422,
            "invalid_body",
            "`IV`, `III`, `II` or `I`",
        ),
        (
            path,
            json!({ "kind": "answer", "text": "已查明", "link": "javascript:1" }),
            422,
            "invalid_value",
            "`link` is `javascript:1`",
        ),
        (
            path,
            json!({ "kind": "reply", "item": 3, "answer": "无" }),
            409,
            "refused",
            "`ask`",
        ),
        (
            path,
            json!({ "kind": "stage", "stage": "reviewed" }),
            409,
            "refused",
            "expected",
        ),
        (
            path,
            json!({ "kind": "merge", "into": "2026-3" }),
            409,
            "refused",
            "closed",
        ),
        (
            path,
            json!({ "kind": "merge", "into": "2026-9" }),
            404,
            "unknown_incident",
            "2026-9",
        ),
        (
            "/v1/incidents/2026-3/deeds",
            json!({ "kind": "close", "note": "完" }),
            409,
            "refused",
            "reopen",
        ),
        (
            "/v1/incidents/first/deeds",
            json!({ "kind": "acknowledge" }),
            400,
            "invalid_number",
            "2026-17",
        ),
    ] {
        let answer = server.check(path, &body(&deed), status, code).await;
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{deed}: {detail}");
    }
    assert_eq!(server.commands().len(), 2, "nothing refused was stored");
}

#[tokio::test]
async fn commands_are_taken_and_refused() {
    let server = Server::start().await;
    let (ack, close) = ("/v1/incidents/1/acknowledge", "/v1/incidents/1/close");
    let by = r#"{"by":" 值班员 "}"#;
    let body = server.check(ack, by, 202, "").await;
    assert_eq!(body, json!({ "command": 1, "done": false }));
    server
        .check(close, r#"{"by":"duty","note":"answered"}"#, 202, "")
        .await;
    let commands = server.commands();
    assert_eq!(commands[0].by.as_str(), "值班员");
    let asked = |deed| Action::Incident {
        incident: nth(1),
        deed,
    };
    assert_eq!(commands[0].action, asked(Deed::Acknowledge));
    let note = "answered".to_owned();
    assert_eq!(commands[1].action, asked(Deed::Close { note }));

    let note = |bytes| json!({ "by": "duty", "note": "x".repeat(bytes) }).to_string();
    for (path, body, status, code) in [
        ("/v1/incidents/9/acknowledge", by, 404, "unknown_incident"),
        ("/v1/incidents/2/acknowledge", by, 409, "refused"),
        ("/v1/incidents/3/acknowledge", by, 409, "refused"),
        (
            "/v1/incidents/3/close",
            r#"{"by":"a","note":"b"}"#,
            409,
            "refused",
        ),
        (
            "/v1/incidents/-1/close",
            r#"{"by":"a","note":""}"#,
            400,
            "invalid_number",
        ),
        (ack, "{", 400, "invalid_json"),
        (ack, "\u{feff}{}", 400, "invalid_json"),
        (ack, "{}", 422, "invalid_body"),
        (ack, "[]", 422, "invalid_body"),
        (ack, r#"{"by":7}"#, 422, "invalid_body"),
        (ack, r#"{"by":"a","colour":"red"}"#, 422, "invalid_body"),
        (ack, r#"{"by":" "}"#, 422, "invalid_name"),
        (ack, "{\"by\":\"a\\nb\"}", 422, "invalid_name"),
        (ack, "{\"by\":\"\u{200b}\"}", 422, "invalid_name"),
        (ack, "{\"by\":\"a\u{202e}b\"}", 422, "invalid_name"),
        (ack, r#"{"by":"fengbiao"}"#, 422, "invalid_name"),
        (close, &note(4_097), 422, "note_too_long"),
        (close, &note(0), 422, "invalid_value"),
        (close, &note(70_000), 413, "invalid_body"),
    ] {
        server.check(path, body, status, code).await;
    }
    server.port.stopping.store(true, Ordering::SeqCst);
    server.check(ack, by, 503, "stopping").await;
    assert_eq!(server.commands().len(), 2, "what was refused is no command");
}

fn link(ledger: &Ledger, incident: u64, expires: Timestamp) -> String {
    let notice = ledger.notice_id(&notice_key(incident));
    format!("/a/{}", sign(&key(), &notice, expires))
}

const LATER: Timestamp = Timestamp::from_millis(1_800_000_001_000);
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn looking_at_a_link_changes_nothing() {
    let server = Server::start().await;
    let response = server.get(&link(&server.ledger, 1, LATER)).await;
    assert_eq!(response.status(), 200);
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let page = response.text().await.unwrap();
    assert!(
        page.contains("lang=\"zh-CN\"") && page.contains("我来接手"),
        "{page}"
    );
    assert!(page.contains("<form method=\"post\">"));
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
    assert!(page.contains("href=\"https://example.org/?a=1&amp;b=&quot;2&quot;\""));
    assert!(server.commands().is_empty());
    let audited = server.audited();
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].0, "link to desk");
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_browser() {
    let server = Server::start().await;
    let url = format!("{}{}", server.base, link(&server.ledger, 1, LATER));
    let english = server
        .client
        .get(&url)
        .header("accept-language", "en-GB, zh;q=0.2");
    let page = english.send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("lang=\"en\"") && page.contains("I take it on"),
        "{page}"
    );
}

#[tokio::test]
async fn the_form_takes_an_incident_on() {
    let server = Server::start().await;
    let response = server
        .post(
            &link(&server.ledger, 1, LATER),
            FORM,
            "by=%E5%80%BC%E7%8F%AD+%3Cb%3E",
        )
        .await;
    assert_eq!(response.status(), 202);
    let page = response.text().await.unwrap();
    assert!(
        page.contains("值班 &lt;b&gt;") && !page.contains("<form"),
        "{page}"
    );
    let commands = server.commands();
    assert_eq!(commands.len(), 1);
    assert_eq!(commands[0].by.as_str(), "值班 <b>");
    assert_eq!(
        commands[0].action,
        Action::Incident {
            incident: nth(1),
            deed: Deed::Acknowledge
        }
    );
    let long = format!("by={}", "x".repeat(200));
    let huge = format!("by={}", "x".repeat(70_000));
    for (incident, body, status) in [
        (1, "by=", 422),
        (1, "", 422),
        (1, long.as_str(), 422),
        (1, huge.as_str(), 413),
        (2, "by=a", 409),
        (3, "by=a", 409),
    ] {
        let response = server
            .post(
                &link(&server.ledger, incident, LATER),
                FORM,
                body.to_owned(),
            )
            .await;
        assert_eq!(
            response.status().as_u16(),
            status,
            "{incident} {}",
            &body[..body.len().min(9)]
        );
    }
    assert_eq!(server.commands().len(), 1);
}

#[tokio::test]
async fn a_link_does_not_answer_for_what_became_worse_after_it() {
    let server = Server::start().await;
    let raised = Incident {
        tier: Some(Tier::I),
        highest_tier: Some(Tier::I),
        ..incident(1, Stage::Detected, None)
    };
    store(&server.ledger, 2, vec![Change::Incident(raised)]);
    let page = server.get(&link(&server.ledger, 1, LATER)).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("已升至") && !page.contains("<form"), "{page}");
    let refused = server
        .post(&link(&server.ledger, 1, LATER), FORM, "by=a")
        .await;
    assert_eq!(refused.status(), 409);
    let page = refused.text().await.unwrap();
    assert_eq!(page.matches("已升至").count(), 1, "{page}");
    assert!(server.commands().is_empty());
    // What has calmed since may still be taken on.
    let calmed = Incident {
        tier: Some(Tier::III),
        ..incident(1, Stage::Detected, None)
    };
    store(&server.ledger, 3, vec![Change::Incident(calmed)]);
    let taken = server
        .post(&link(&server.ledger, 1, LATER), FORM, "by=a")
        .await;
    assert_eq!(taken.status(), 202);
}

#[tokio::test]
async fn links_that_are_forged_or_over_open_nothing() {
    let server = Server::start().await;
    let notice = server.ledger.notice_id(&notice_key(1));
    let other = sign(&SigningKey::new([8; 32]), &notice, LATER);
    // Of the ledger that was here before, which had an incident of that number, too.
    let before = NoticeId {
        ledger: LedgerId::NONE,
        ..notice
    };
    let before = sign(&key(), &before, LATER);
    for (path, status) in [
        (format!("/a/{other}"), 403),
        (format!("/a/{before}"), 410),
        ("/a/rubbish".to_owned(), 403),
        ("/a/%FF".to_owned(), 403),
        (format!("{}x", link(&server.ledger, 1, LATER)), 403),
        (format!("{}/x", link(&server.ledger, 1, LATER)), 403),
        ("/a/".to_owned(), 403),
        (link(&server.ledger, 1, NOW), 410),
        (link(&server.ledger, 9, LATER), 404),
    ] {
        let shown = server.get(&path).await;
        assert_eq!(shown.status().as_u16(), status, "{path}");
        assert!(
            shown.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
        let sent = server.post(&path, FORM, "by=a").await;
        assert_eq!(sent.status().as_u16(), status, "{path}");
        assert!(!sent.text().await.unwrap().contains("呕吐"));
    }
    assert!(server.commands().is_empty() && server.audited().is_empty());
}

#[tokio::test]
async fn the_router_takes_the_methods_of_the_document_and_no_others() {
    let server = Server::start().await;
    let document = fengbiao_console::openapi();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().unwrap() {
        let url = server.base.clone() + &path.replace("{number}", "1").replace("{token}", "x");
        for method in ["get", "post", "put", "patch", "delete"] {
            let verb = method.to_uppercase().parse().unwrap();
            let status = server
                .client
                .request(verb, &url)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16();
            let known = item.get(method).is_some();
            assert_eq!(status != 405, known, "{method} {path} answered {status}");
            assert_ne!(status, 500);
            if known {
                let told = item[method]["responses"].get(status.to_string()).is_some();
                assert!(
                    told,
                    "{method} {path} answered {status}, which the document lacks"
                );
            }
        }
    }
}
