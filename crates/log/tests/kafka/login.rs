//! Encryption and logins.

use std::path::PathBuf;
use std::time::Duration;

use fengbiao_log::kafka::{Login, Mechanism, SecretSource, Security, Tls};
use fengbiao_log::{LogError, Producer as _, Topic};
use fengbiao_model::{Offset, Partition};

use crate::broker::Broker;
use crate::support::{Fixture, assigned, post};

fn tls(fixture: &Fixture) -> Tls {
    Tls {
        authority: Some(PathBuf::from(fixture.broker.fact("authority"))),
        identity: None,
    }
}

/// Goes to the listener that asks for a login.
fn log_in(fixture: &mut Fixture, mechanism: Mechanism, user: &str, password: SecretSource) {
    fixture.options.brokers = fixture.broker.fact("login").to_owned();
    fixture.options.security = Security {
        tls: Some(tls(fixture)),
        login: Some(Login {
            mechanism,
            user: user.to_owned(),
            password,
        }),
    };
}

/// A file with the right password.
fn password(fixture: &Fixture, folder: &tempfile::TempDir) -> SecretSource {
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{}\n", fixture.broker.fact("password"))).unwrap();
    SecretSource::File(file)
}

fn write_and_read(fixture: &Fixture) {
    let log = fixture.open();
    log.append(vec![post(0, "in secret")]).unwrap();
    let read = log.read_range(Topic::Posts, Partition(0), Offset(0), Offset(1));
    assert_eq!(read.unwrap()[0].payload, b"in secret");
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    assert_eq!(assigned(&mut *consumer), [(Partition(0), None)]);
}

#[test]
fn with_tls_alone_all_works() {
    let Some(broker) = Broker::own("with_tls_alone_all_works") else {
        return;
    };
    let mut fixture = Fixture::new(broker, 1);
    fixture.options.brokers = fixture.broker.fact("tls").to_owned();
    fixture.options.security.tls = Some(tls(&fixture));
    write_and_read(&fixture);
}

#[test]
fn with_a_password_by_each_mechanism_all_works() {
    for mechanism in [
        Mechanism::Plain,
        Mechanism::ScramSha256,
        Mechanism::ScramSha512,
    ] {
        let Some(broker) = Broker::own("with_a_password_by_each_mechanism_all_works") else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = Fixture::new(broker, 1);
        let (user, password) = (
            fixture.broker.fact("user").to_owned(),
            password(&fixture, &folder),
        );
        log_in(&mut fixture, mechanism, &user, password);
        write_and_read(&fixture);
    }
}

#[test]
fn a_wrong_password_is_called_one() {
    for mechanism in [Mechanism::Plain, Mechanism::ScramSha512] {
        let Some(broker) = Broker::own("a_wrong_password_is_called_one") else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "not-the-password").unwrap();
        let mut fixture = Fixture::new(broker, 1);
        let user = fixture.broker.fact("user").to_owned();
        log_in(
            &mut fixture,
            mechanism,
            &user,
            SecretSource::File(file.clone()),
        );
        let started = std::time::Instant::now();
        let error = fixture.try_open().unwrap_err();
        assert!(matches!(error, LogError::LoginRefused { .. }), "{error}");
        assert!(
            started.elapsed() < fixture.options.connect_timeout,
            "told, not waited for"
        );
        let text = error.to_string();
        assert!(text.contains(&user), "{text}");
        assert!(text.contains(&*file.to_string_lossy()), "{text}");
        assert!(!text.contains("not-the-password"), "{text}");
    }
}

#[test]
fn an_authority_that_did_not_sign_is_refused() {
    let Some(broker) = Broker::own("an_authority_that_did_not_sign_is_refused") else {
        return;
    };
    let mut fixture = Fixture::new(broker, 1);
    fixture.options.brokers = fixture.broker.fact("tls").to_owned();
    // Only the system's authorities, none of which knows this broker.
    fixture.options.security.tls = Some(Tls::default());
    let error = fixture.try_open().unwrap_err();
    assert!(matches!(error, LogError::TlsRefused { .. }), "{error}");
}

#[test]
fn who_has_no_rights_is_told_which_are_needed() {
    let Some(broker) = Broker::own("who_has_no_rights_is_told_which_are_needed") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::new(broker, 1);
    fixture.options.connect_timeout = Duration::from_secs(20);
    let (stranger, password) = (
        fixture.broker.fact("stranger").to_owned(),
        password(&fixture, &folder),
    );
    log_in(&mut fixture, Mechanism::ScramSha256, &stranger, password);
    let Err(LogError::Topics { faults }) = fixture.try_open() else {
        panic!("a stranger came in");
    };
    assert_eq!(faults.len(), Topic::ALL.len(), "{faults:?}");
    for fault in faults {
        assert!(fault.found.contains("could not be created"), "{fault}");
        assert!(fault.remedy.contains("allow this user"), "{fault}");
    }
}
