//! The page of a signed link, in the words that somebody woken at night reads.

use fengbiao_alerter::Change;
use fengbiao_alerter::record::Duties;
use fengbiao_console::{Verdict, sign};
use fengbiao_ledger::Ledger;
use fengbiao_model::*;
use reqwest::Response;

use crate::{FORM, LATER, NOW, Server, incident, key, link, notice, notice_key, store};

/// An alerter that lets `李明` take incident 1 on, good for four hours or without end.
fn taken(ledger: &Ledger, hours: Option<i64>) -> Verdict {
    let owed = |duty, hours, state| Deadline {
        duty,
        due: NOW + TimeSpan::from_hours(hours),
        warn_at: None,
        state,
    };
    let owed = [
        owed(Duty::Report, 1, DeadlineState::Met),
        owed(Duty::Verify, 2, DeadlineState::Running),
    ];
    let duties = Duties {
        deadlines: owed.into_iter().map(|owed| (owed.duty, owed)).collect(),
        acknowledged_until: hours.map(|hours| NOW + TimeSpan::from_hours(hours)),
        ..Duties::default()
    };
    let taken = incident(1, Stage::Reported, Some("李明"));
    let last = ledger.last_step().unwrap();
    store(
        ledger,
        last + 1,
        vec![
            Change::Incident(taken),
            Change::Duties(IncidentId(1), Box::new(duties)),
        ],
    );
    Verdict::Done
}

impl Server {
    /// Takes an incident on by its link as `李明`, in a language.
    async fn take_on(&self, id: u64, language: &str) -> Response {
        let request = self
            .client
            .post(format!("{}{}", self.base, link(&self.ledger, id, LATER)));
        let request = request
            .header("content-type", FORM)
            .header("accept-language", language);
        let request = request.body("by=%E6%9D%8E%E6%98%8E");
        request.send().await.unwrap()
    }

    /// The page of a link as a browser with a cookie sees it.
    async fn with_cookie(&self, cookie: &str) -> String {
        let request = self
            .client
            .get(format!("{}{}", self.base, link(&self.ledger, 1, LATER)));
        let response = request.header("cookie", cookie).send().await.unwrap();
        response.text().await.unwrap()
    }
}

#[track_caller]
fn says(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "no `{part}` in {page}");
    }
    // The rest speaks of taking on; and a command's number says nothing to a person.
    for other in ["确认", "命令 ", "command 1", "command:"] {
        assert!(!page.contains(other), "`{other}` in {page}");
    }
}

#[tokio::test]
async fn who_takes_on_reads_what_until_when_what_next_and_what_if_it_was_a_mistake() {
    let server = Server::start().await;
    *server.port.alerter.lock().unwrap() = |ledger| taken(ledger, Some(4));
    let answer = server.take_on(1, "zh").await;
    assert_eq!(answer.status(), 200);
    says(
        &answer.text().await.unwrap(),
        &[
            "<h1>已接手事件 2026-1</h1>",
            "<dt>接手人</dt><dd>李明</dd>",
            "<dd>Ⅱ级 重大 橙 · 食品安全 · 地点未识别</dd>",
            "<dd>无新记录则 2027-01-15 12:00 +00:00 失效</dd>",
            "<dt>核实时限</dt><dd>2027-01-15 10:00 +00:00</dd>",
            "在此级别上不再重复提醒",
            "接手不能撤回。请马上告诉该处理的人（责任方 food-desk）",
            "到 2027-01-15 12:00 +00:00 接手失效",
        ],
    );
    // Whoever opens the link then sees until when it is taken.
    let page = server
        .get(&link(&server.ledger, 1, LATER))
        .await
        .text()
        .await
        .unwrap();
    says(
        &page,
        &["李明 · 2027-01-15 08:00 · 无新记录则 2027-01-15 12:00 失效"],
    );
}

#[tokio::test]
async fn what_does_not_expire_is_not_said_to() {
    let server = Server::start().await;
    *server.port.alerter.lock().unwrap() = |ledger| taken(ledger, None);
    let page = server.take_on(1, "zh").await.text().await.unwrap();
    says(&page, &["<dd>不会自动失效</dd>", "系统不会再催别人"]);
    for of_expiry in ["无新记录则", "接手失效", "有效期重新计算"] {
        assert!(!page.contains(of_expiry), "{page}");
    }
}

#[tokio::test]
async fn the_same_is_said_in_english() {
    let server = Server::start().await;
    *server.port.alerter.lock().unwrap() = |ledger| taken(ledger, Some(4));
    let page = server.take_on(1, "en").await.text().await.unwrap();
    says(
        &page,
        &[
            "Incident 2026-1 is taken on",
            "good until 2027-01-15 12:00 +00:00 if nothing is written",
            "It cannot be taken back.",
        ],
    );
}

#[tokio::test]
async fn every_page_speaks_of_taking_on() {
    let server = Server::start().await;
    let page = server.take_on(1, "zh").await;
    assert_eq!(page.status(), 202);
    says(
        &page.text().await.unwrap(),
        &["已提交，尚未生效", "李明 申请接手事件 2026-1"],
    );
    for (id, expected) in [
        (2, "已由duty接手，无需再次接手"),
        (3, "此事件已结束，无需接手"),
    ] {
        says(
            &server.take_on(id, "zh").await.text().await.unwrap(),
            &[expected],
        );
    }
    let expired = server
        .get(&link(&server.ledger, 1, NOW))
        .await
        .text()
        .await
        .unwrap();
    says(&expired, &["在命令行、接口中接手"]);
}

#[tokio::test]
async fn the_name_given_before_is_filled_in_again() {
    let server = Server::start().await;
    let page = server
        .get(&link(&server.ledger, 1, LATER))
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("name=\"by\" value=\"\""), "{page}");
    let refused = server
        .post(&link(&server.ledger, 1, LATER), FORM, "by=+")
        .await;
    assert!(refused.headers().get("set-cookie").is_none(), "no name");
    let (path, body) = (
        link(&server.ledger, 1, LATER),
        "by=%E5%80%BC%E7%8F%AD+%3Cb%3E%22",
    );
    let response = server.post(&path, FORM, body).await;
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(
        attributes.contains("SameSite=") && !attributes.contains("Path"),
        "{attributes}"
    );
    let page = server.with_cookie(pair).await;
    assert!(
        page.contains("name=\"by\" value=\"值班 &lt;b&gt;&quot;\"") && page.contains("不是您请改"),
        "{page}"
    );
    // What somebody else has put there is no name.
    let page = server.with_cookie("fengbiao_by=PHNjcmlwdD4K; a=b").await;
    assert!(page.contains("value=\"&lt;script&gt;\""), "{page}");
    let page = server.with_cookie("fengbiao_by=ZmVuZ2JpYW8").await;
    assert!(page.contains("value=\"\""), "the daemon's own name: {page}");
    // A name that does not fit leaves the one before in the form.
    let request = server
        .client
        .post(format!("{}{}", server.base, link(&server.ledger, 1, LATER)));
    let request = request.header("content-type", FORM).header("cookie", pair);
    let again = request.body("by=fengbiao").send().await.unwrap();
    assert_eq!(again.status(), 422);
    let page = again.text().await.unwrap();
    assert!(page.contains("value=\"值班 &lt;b&gt;&quot;\""), "{page}");
}

#[tokio::test]
async fn measures_are_called_as_in_the_notices() {
    let server = Server::start().await;
    let page = server
        .get(&link(&server.ledger, 1, LATER))
        .await
        .text()
        .await
        .unwrap();
    says(
        &page,
        &[
            "<dd>4 帖 · 3 则不同内容 · 4 位发声者 · 2 个来源</dd>",
            "<dd>voices_1h &gt;= 3</dd>",
            "<dt>当时数值</dt><dd>1 小时内发声者 4（阈值 ≥ 3）</dd>",
        ],
    );
    let calm = Notice {
        key: NoticeKey {
            change: 2,
            ..notice_key(1)
        },
        kind: NoticeKind::Calmed,
        previous_tier: Some(Tier::I),
        reason: Reason {
            method: CALM_METHOD.to_owned(),
            condition: "calm_after = 2h".to_owned(),
            holds: None,
            measures: Vec::new(),
            at: NOW,
        },
        ..notice(1)
    };
    let path = format!(
        "/a/{}",
        sign(&key(), &server.ledger.notice_id(&calm.key), LATER)
    );
    store(&server.ledger, 2, vec![Change::Notice(Box::new(calm))]);
    let page = server.get(&path).await.text().await.unwrap();
    says(&page, &["<dd>2 小时内没有新帖使其再达到Ⅰ级</dd>"]);
    assert!(!page.contains("当时数值"), "nothing was measured: {page}");
}
