//! The document of the HTTP API, held against a daemon that has every role.

use super::config;
use crate::support::Daemon;

#[test]
fn the_daemon_takes_the_methods_of_the_document_and_answers_as_it_says() {
    let config = config("");
    let mut daemon = Daemon::start(&config);
    let document = daemon.get("/v1/openapi.json").json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 15, "{paths:?}");
    for (path, item) in paths {
        let asked = [("{number}", "1"), ("{token}", "x"), ("{id}", "0-1")];
        let asked = asked.iter().fold(path.clone(), |path, (name, value)| {
            path.replace(name, value)
        });
        for method in ["get", "post", "put", "patch", "delete"] {
            let answer = daemon.ask(&method.to_uppercase(), &asked, "application/json", b"{}");
            let told = item.get(method);
            let status = answer.status;
            assert_eq!(status != 405, told.is_some(), "{method} {path}: {answer:?}");
            let Some(told) = told else { continue };
            let known = told["responses"].get(status.to_string());
            assert!(known.is_some(), "{method} {path} answered {answer:?}");
        }
    }
    assert!(daemon.stop().0.success());
}
