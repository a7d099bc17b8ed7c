//! Each way a configuration of times or of routes can be wrong.

use std::fs;
use std::path::Path;

use crate::support::{Config, stderr, stdout};

#[test]
fn every_fault_of_times_is_said_with_its_value() {
    every_fault("invalid-times", 18);
}

#[test]
fn every_fault_of_routing_is_said_with_its_value() {
    every_fault("invalid-routing", 40);
}

#[test]
fn every_fault_of_the_watchdog_is_said_with_its_value() {
    every_fault("invalid-watchdog", 3);
}

/// A file a fault, named for it; its first lines say what must be said: `# expected: …`.
fn every_fault(folder: &str, at_least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(folder);
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let config = Config::new(&text);
        config.write("days.txt", "# days\n2026-10-01 国庆节\n2026-10-32 补班\n");
        config.write("make-up.txt", "+2026-10-10 补班\n");
        config.write("twice.txt", "2026-10-01\n+2026-10-01\n");
        let output = config.run(&["on-call"]);
        let said = stderr(&output);
        assert_ne!(output.status.code(), Some(0), "{}: {said}", path.display());
        let expected = text
            .lines()
            .filter_map(|line| line.strip_prefix("# expected: "));
        let mut parts = 0;
        for part in expected {
            assert!(
                said.contains(part),
                "{}: no `{part}` in {said}",
                path.display()
            );
            parts += 1;
        }
        assert!(parts > 0, "{} expects nothing", path.display());
        seen += 1;
    }
    assert!(seen >= at_least, "{seen}");
}

/// All that is wrong is said at once, topics too where the lexicon is read.
#[test]
fn check_says_every_fault_with_its_place() {
    let config = Config::new(
        "[[receiver]]\nid = \"desk\"\nkind = \"terminal\"\n\
         [[receiver]]\nid = \"log\"\nkind = \"terminal\"\ntopics = [\"weather\"]\n\
         [[route]]\ntopics = [\"floods\"]\nto = [\"desk\"]\n\
         [[deadline]]\nduty = \"answer\"\nwithin = \"1h\"\ntopics = [\"storms\"]\n",
    );
    let output = config.run(&["check"]);
    let said = stderr(&output);
    assert_ne!(output.status.code(), Some(0), "{said}");
    for part in [
        "route 1 names the topic `floods`, expected one of the topics\nhint: there are `",
        "receiver `log` names the topic `weather`",
        "deadline 1 (`answer`) names the topic `storms`",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
}

/// A receiver that is on call by a schedule that no route leads to would wait for ever.
#[test]
fn check_warns_of_receivers_that_hear_nothing() {
    let text = "[[receiver]]\nid = \"chen\"\nkind = \"terminal\"\n\
         [[schedule]]\nid = \"duty\"\n[[schedule.layer]]\nmembers = [\"chen\"]\n\
         starts = \"2026-01-05 09:00\"\nturn = \"1w\"\n";
    let warning = "receiver `chen` hears nothing: schedule `duty` names it";
    let output = Config::new(text).run(&["check"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(warning), "{said}");
    let routed = format!("{text}[[route]]\nto = [\"schedule:duty\"]\n");
    let output = Config::new(&routed).run(&["check"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("hears nothing"), "{said}");
    assert!(stdout(&output).contains("sound"), "{}", stdout(&output));
}

/// Routes that name topics leave the others to nobody, the pipeline's own alarms among them.
#[test]
fn check_warns_of_topics_of_which_nobody_is_told() {
    let untold = |routes: &str| {
        let text = format!("[[receiver]]\nid = \"desk\"\nkind = \"terminal\"\n{routes}");
        let output = Config::new(&text).run(&["check"]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let topic = |line: &str| {
            let rest = line.split_once("nobody is told of the topic `")?.1;
            Some(rest.split_once('`')?.0.to_owned())
        };
        let hints = said.matches("hint: a last `[[route]]` without `topics`");
        let topics: Vec<String> = said.lines().filter_map(topic).collect();
        assert_eq!(hints.count(), topics.len(), "{said}");
        topics
    };
    let food = "[[route]]\ntopics = [\"food-safety\"]\n";
    let others = ["pipeline", "public-safety", "service-outage"];
    assert_eq!(untold(&format!("{food}to = [\"desk\"]\n")), others);
    // What is inside a route is asked only about what that takes; one that leads on is enough.
    let inner = "[[route.routes]]\nto = [\"desk\"]\n";
    assert_eq!(untold(&format!("{food}{inner}")), others);
    assert_eq!(
        untold("[[route]]\n[[route.routes]]\ntopics = [\"pipeline\"]\nto = [\"desk\"]\n"),
        ["food-safety", "public-safety", "service-outage"]
    );
    // No alarm of the pipeline is as loud as I.
    assert_eq!(
        untold("[[route]]\nfrom_tier = \"I\"\nto = [\"desk\"]\n"),
        ["pipeline"]
    );
    let rest = "[[route]]\nto = [\"desk\"]\n";
    let none: [&str; 0] = [];
    assert_eq!(untold(&format!("{food}to = [\"desk\"]\n{rest}")), none);
    assert_eq!(untold("[watchdog]\nenabled = false\n"), none);
}
