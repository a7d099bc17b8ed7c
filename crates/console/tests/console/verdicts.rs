//! Whoever asks hears what the alerter makes of it.

use fengbiao_alerter::Change;
use fengbiao_console::Verdict;
use fengbiao_ledger::Ledger;
use fengbiao_model::*;
use serde_json::{Value, json};

use crate::{FORM, LATER, NOW, Server, incident, link, nth, store};

const ACKNOWLEDGE: &str = "/v1/incidents/1/acknowledge";
const DEEDS: &str = "/v1/incidents/1/deeds";

/// An alerter to which somebody else came first.
fn taken_by_another(ledger: &Ledger) -> Verdict {
    let taken = incident(1, Stage::Reported, Some("张三"));
    store(ledger, 2, vec![Change::Incident(taken)]);
    Verdict::Refused("incident `2026-1` is acknowledged already, by `张三`".to_owned())
}

impl Server {
    fn alerter(&self, does: fn(&Ledger) -> Verdict) {
        *self.port.alerter.lock().unwrap() = does;
    }

    /// Takes incident 1 on by its link: status and page.
    async fn form(&self) -> (u16, String) {
        let response = self.post(&link(&self.ledger, 1, LATER), FORM, "by=b").await;
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

#[tokio::test]
async fn the_api_says_whether_it_is_done() {
    let server = Server::start().await;
    let by = r#"{"by":"b"}"#;
    let waits = server.check(ACKNOWLEDGE, by, 202, "").await;
    assert_eq!(waits, json!({ "command": 1, "done": false }));
    server.alerter(|_| Verdict::Done);
    let done = server.check(ACKNOWLEDGE, by, 200, "").await;
    assert_eq!(done, json!({ "command": 2, "done": true }));
    server.alerter(taken_by_another);
    let refused = server.check(ACKNOWLEDGE, by, 409, "refused").await;
    assert!(refused["detail"].as_str().unwrap().contains("by `张三`"));
}

#[tokio::test]
async fn the_page_says_who_has_it() {
    let server = Server::start().await;
    let (status, page) = server.form().await;
    assert_eq!(status, 202, "{page}");
    assert!(
        page.contains("已提交，尚未生效") && !page.contains("已接手"),
        "{page}"
    );
    server.alerter(|_| Verdict::Done);
    // It is done, and what it did is over by the time the page is made.
    let (status, page) = server.form().await;
    assert_eq!(status, 200, "{page}");
    assert!(
        page.contains("您的接手已记录，但此后事件又有变化") && !page.contains("<h1>已接手"),
        "{page}"
    );
    server.alerter(taken_by_another);
    let (status, page) = server.form().await;
    assert_eq!(status, 409, "{page}");
    assert!(
        page.contains("已由张三接手") && !page.contains("<form"),
        "{page}"
    );
    // Who comes later is told before the alerter is asked.
    let sent = server.commands().len();
    assert_eq!(server.form().await.0, 409);
    assert_eq!(server.commands().len(), sent);
}

#[tokio::test]
async fn what_is_made_is_called_by_its_number() {
    let server = Server::start().await;
    let number = async |path: &str, body: Value| {
        let answer = server.check(path, &body.to_string(), 200, "").await;
        answer["number"].as_u64()
    };
    server.alerter(|ledger| {
        let asked = |item| Event {
            incident: IncidentId(1),
            number: item,
            at: NOW,
            by: Actor::new("duty").unwrap(),
            what: Happening::Asked {
                item,
                of: "教育局".to_owned(),
                what: if item == 2 {
                    "几人就医"
                } else {
                    "何时停业"
                }
                .to_owned(),
                by_when: NOW,
            },
        };
        store(ledger, 2, [1, 2, 3].map(asked).map(Change::Event).to_vec());
        Verdict::Done
    });
    let ask = json!({ "kind": "ask", "of": "教育局", "what": "几人就医" });
    let ask = json!({ "by": "duty", "deed": ask });
    assert_eq!(number(DEEDS, ask).await, Some(2));

    // The ledger has a silence 4 of incident 2 and a stand-in 3 of li already.
    server.alerter(|ledger| {
        let silence = Silence {
            number: SilenceNumber(7),
            covers: Silenced::Incident(nth(1)),
            ..crate::for_a_while::silence()
        };
        let (_, stand_in) = crate::for_a_while::stand_in();
        let stand_in = Override {
            receiver: ReceiverId::new("desk").unwrap(),
            ..stand_in
        };
        let last = ledger.last_step().unwrap();
        let stand_in = Change::StandIn(OverrideNumber(5), stand_in);
        store(ledger, last + 1, vec![Change::Silence(silence), stand_in]);
        Verdict::Done
    });
    let until = "2027-01-15T10:00:00.000Z";
    let covers = json!({ "scope": "incident", "incident": "2026-1" });
    let silence = json!({ "covers": covers, "until": until, "reason": "演练", "by": "duty" });
    assert_eq!(number("/v1/silences", silence).await, Some(7));
    let to = json!({ "schedule": "duty", "receiver": "desk", "to": until, "by": "chen" });
    assert_eq!(number("/v1/stand-ins", to).await, Some(5));
}

/// The API refuses by the alerter's own rules, in its words.
#[tokio::test]
async fn the_api_refuses_as_the_alerter_does() {
    let server = Server::start().await;
    let merged = Incident {
        merged_into: Some(nth(2)),
        ..incident(1, Stage::Closed, None)
    };
    let full = Incident {
        events: fengbiao_alerter::limits::MAX_EVENTS,
        ..incident(2, Stage::Detected, None)
    };
    let changes = vec![Change::Incident(merged), Change::Incident(full)];
    store(&server.ledger, 2, changes);
    let (by, close) = (r#"{"by":"b"}"#, r#"{"by":"b","note":"c"}"#);
    for (path, body, says) in [
        (ACKNOWLEDGE, by, "merged into `2026-2`"),
        ("/v1/incidents/1/close", close, "do it on `2026-2`"),
        ("/v1/incidents/2/acknowledge", by, "expected fewer than"),
        ("/v1/incidents/2/close", close, "expected fewer than"),
    ] {
        let answer = server.check(path, body, 409, "refused").await;
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{path}: {detail}");
    }
    let (status, page) = server.form().await;
    assert_eq!(status, 409);
    assert!(page.contains("已并入 2026-2"), "{page}");
    assert!(server.commands().is_empty());
}
