//! `run --demo`: an incident grows before the eyes of whoever tries Fengbiao out.

use std::fs;
use std::time::Instant;

use crate::support::http::{Server, ask, reply};
use crate::support::{Config, Daemon, STOP_WITHIN};

#[test]
fn an_incident_is_raised_step_by_step_in_a_scratch_directory() {
    let server = Server::start(|_| reply(200, ""));
    let config = Config::new(&format!(
        "[[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nurl = \"http://{}/\"\n\
         secret_file = \"secret\"\n\
         [[source]]\nkind = \"file\"\nname = \"mine\"\npath = \"mine.ndjson\"\n",
        server.address
    ));
    config.write("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    config.write("mine.ndjson", super::illness("雄县", 1) + "\n");
    let scratch = config.file("scratch");
    fs::create_dir(&scratch).unwrap();
    let began = Instant::now();
    let mut demo = Daemon::spawn(&["run", "--demo"], &config, |command| {
        command.env("TMPDIR", &scratch);
    });
    let cards = demo.stdout.clone();
    let place = |tier: &str| cards.text().find(&format!("┃ {tier}"));
    let two = demo.until("tier II", || {
        place("Ⅱ级 重大 橙 · 食品安全 · 青禾县 · 升级")
    });
    let took = began.elapsed();
    eprintln!("raised to II after {took:?}");
    // IV has half a second before III, and III a second before II: one that could not leave by then is
    // told with the next, but what is raised was told before.
    let steps =
        ["Ⅳ级 一般 蓝", "Ⅲ级 较大 黄"].map(|tier| place(&format!("{tier} · 食品安全 · 青禾县")));
    let steps: Vec<_> = steps.into_iter().flatten().chain([two]).collect();
    assert!(steps.len() > 1 && steps.is_sorted(), "{}", cards.text());
    for part in [
        "原文  https://",
        "判定  计数达到阈值",
        "阈值 ≥",
        "接手  http://",
    ] {
        assert!(cards.has(part), "no `{part}` in\n{}", cards.text());
    }

    // The present, and the line to try: what it would send is sent, and told at once.
    let said = demo.stderr.clone();
    let (url, body) = demo.until("curl line", || {
        let text = said.text();
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with("curl "))?;
        let url = line.split(' ').find(|word| word.starts_with("http://"))?;
        let body = line.split_once(" -d '")?.1.strip_suffix('\'')?;
        Some((url.to_owned(), body.to_owned()))
    });
    let address = url
        .strip_prefix("http://")
        .unwrap()
        .strip_suffix("/v1/posts")
        .unwrap();
    let kind = [("content-type", "application/x-ndjson")];
    let pushed = Instant::now();
    let answer = ask(address, "POST", "/v1/posts", &kind, body.as_bytes()).unwrap();
    assert!(answer.body.contains("accepted"), "{answer:?}");
    demo.until("card of the trial", || cards.has("试验】").then_some(()));
    eprintln!(
        "from the push of the curl line to its card: {:?}",
        pushed.elapsed()
    );

    demo.signal("INT");
    let (status, took) = demo.wait();
    assert_eq!(status.code(), Some(0), "{}", demo.stderr.text());
    assert!(took < STOP_WITHIN, "{took:?}");
    let left: Vec<_> = fs::read_dir(&scratch).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!config.data().exists() && !cards.has("雄县第1小学"));
    assert!(server.received().is_empty());
}
