//! The event that files and webhooks get.

use fengbiao_sink::{EventOptions, Outgoing, cloud_event};

use crate::sample::{notice, outgoing};

/// Receivers hold on to this shape. A change of the file is a change of the version.
const GOLDEN: &str = include_str!("golden/event.json");

fn options() -> EventOptions {
    EventOptions {
        source: "https://desk.example.org/fengbiao".to_owned(),
        data_schema: Some("https://desk.example.org/schemas/notice.json".to_owned()),
    }
}

#[test]
fn the_event_is_the_golden_file() {
    let event = String::from_utf8(cloud_event(&outgoing(notice()), &options())).unwrap();
    assert_eq!(event, GOLDEN.trim_end());
}

#[test]
fn the_data_is_the_notice_and_nothing_else() {
    let event: serde_json::Value =
        serde_json::from_slice(&cloud_event(&outgoing(notice()), &options())).unwrap();
    let data = serde_json::to_vec(&event["data"]).unwrap();
    assert_eq!(fengbiao_wire::decode_notice(&data).unwrap(), notice());
}

#[test]
fn what_is_not_known_is_left_out() {
    let bare = Outgoing {
        acknowledge_url: None,
        ..outgoing(notice())
    };
    let event: serde_json::Value =
        serde_json::from_slice(&cloud_event(&bare, &EventOptions::default())).unwrap();
    let names = event.as_object().unwrap();
    for name in ["acknowledgeurl", "dataschema", "part", "parts"] {
        assert!(!names.contains_key(name), "{name}");
    }
    assert_eq!(event["id"], "3fa94c1e.7.2.0.duty.0");
    assert_eq!(event["subject"], "food-safety/青山区");
}
