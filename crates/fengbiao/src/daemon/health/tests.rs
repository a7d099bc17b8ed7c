use fengbiao_model::Timestamp;

use super::*;
use crate::limits::ROLE_SILENCE;

#[test]
fn a_role_that_runs_elsewhere_is_no_obstacle() {
    use crate::config::LogKind;
    let roles = RoleSet::chosen(&[Role::Matcher], LogKind::Kafka).unwrap();
    let health = Health::new(roles);
    assert!(!health.begun());
    health.matcher_alive();
    assert!(health.begun());
    let lacks = ["matcher: no partition of `posts` has come to it yet"];
    assert_eq!(health.obstacles(), lacks);
    health.lexicon(InForce::From(LexiconNumber(3)));
    assert_eq!(health.obstacles(), Vec::<String>::new());
}

/// Which a new process would help, unlike one that fails: its disk may be full.
#[test]
fn a_role_that_hangs_is_stuck_though_it_had_failed_before() {
    let health = Health::new(RoleSet::all());
    let long_ago = Instant::now().checked_sub(ROLE_SILENCE + Duration::from_secs(5));
    lock(&health.alerter).alive = long_ago;
    health.alerter_failed("the disk is full");
    assert_eq!(health.stuck(), Vec::<String>::new());
    lock(&health.alerter).moved = long_ago;
    assert!(
        health
            .obstacles()
            .iter()
            .any(|o| o == "alerter: the disk is full")
    );
    let stuck = health.stuck().join("; ");
    assert!(
        stuck.starts_with("alerter: no sign of life for 3"),
        "{stuck}"
    );
    health.alerter_goes_round();
    assert_eq!(health.stuck(), Vec::<String>::new());
}

#[test]
fn a_clock_that_was_set_back_is_told_of_and_is_no_obstacle() {
    let health = Health::new(RoleSet::all());
    let clocks = |secs| Clocks {
        wall: Timestamp::EPOCH + TimeSpan::from_secs(secs),
        ..Clocks::default()
    };
    let obstacles = health.obstacles().len();
    health.alerter_alive(&clocks(2));
    assert_eq!(health.remarks(), Vec::<String>::new());
    health.alerter_alive(&clocks(8 * 3_600 + 5));
    assert_eq!(
        health.remarks(),
        [
            "alerter: its time is 8h ahead of the clock, which was set back: notices go out, and \
             timers run at 1/2 of their pace until it has caught up, in 16h or so"
        ]
    );
    assert!(health.obstacles().len() < obstacles);
}

/// A large ledger takes seconds, and after a failure as long again.
#[test]
fn an_alerter_that_reads_its_ledger_says_so_until_it_has_begun() {
    let health = Health::new(RoleSet::all());
    let said = |what: &str| {
        let line = format!("alerter: {what}");
        assert!(health.obstacles().contains(&line), "no `{line}`");
    };
    said("has not begun");
    health.alerter_begins();
    said(READS_LEDGER);
    assert!(!health.begun());
    health.alerter_failed("the disk is full");
    health.alerter_begins();
    said("the disk is full");
    health.alerter_goes_round();
    health.alerter_alive(&Clocks::default());
    let obstacles = health.obstacles().join("\n");
    assert!(!obstacles.contains("alerter"), "{obstacles}");
}

#[test]
fn it_is_ready_when_nothing_stands_in_the_way() {
    let health = Health::new(RoleSet::all());
    assert_eq!(health.obstacles().len(), 4);
    health.open_crawler();
    health.lexicon(InForce::From(LexiconNumber(1)));
    health.matcher_alive();
    health.alerter_alive(&Clocks::default());
    assert_eq!(health.obstacles(), Vec::<String>::new());
    // It lives while it waits for its operator, so that nobody starts it again for that.
    health.alerter_waits("the log was made anew");
    assert_eq!(health.obstacles(), ["alerter: the log was made anew"]);
    assert!(health.begun());
    health.alerter_failed("the disk is full");
    assert_eq!(health.obstacles(), ["alerter: the disk is full"]);
    health.alerter_alive(&Clocks::default());
    health.log(Some("no broker answers".to_owned()));
    assert_eq!(health.obstacles(), ["log: no broker answers"]);
    health.stop();
    assert!(health.stopping() && *health.stopped().borrow());
}

#[test]
fn a_role_that_was_started_again_is_not_ready_before_it_has_worked() {
    let health = Health::new(RoleSet::all());
    health.open_crawler();
    health.lexicon(InForce::From(LexiconNumber(1)));
    health.matcher_goes_round();
    health.alerter_goes_round();
    assert!(health.begun(), "it has begun");
    assert_eq!(
        health.obstacles(),
        ["matcher", "alerter"].map(|role| format!("{role}: {NOT_READ}"))
    );
    health.matcher_alive();
    health.alerter_alive(&Clocks::default());
    assert_eq!(health.obstacles(), Vec::<String>::new());
    for _ in 0..2 {
        health.matcher_failed("a record is too long");
        health.alerter_failed("the disk is full");
        health.matcher_goes_round();
        health.alerter_goes_round();
        let said = ["matcher: a record is too long", "alerter: the disk is full"];
        assert_eq!(health.obstacles(), said);
    }
    // What it waits for is known, which is more than that it has failed before.
    health.alerter_waits("the log was made anew");
    health.matcher_alive();
    assert_eq!(health.obstacles(), ["alerter: the log was made anew"]);
}
