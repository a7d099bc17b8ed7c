//! The published JSON Schemas.

use fengbiao_wire::schemas;
use serde_json::Value;

fn named(file: &str) -> Value {
    let found = schemas().into_iter().find(|(name, _)| *name == file);
    found.unwrap_or_else(|| panic!("no {file}")).1.to_value()
}

#[test]
fn every_shape_has_a_title_and_documents_every_field() {
    for (file, schema) in schemas() {
        let schema = schema.to_value();
        assert!(
            schema["title"].is_string() && schema["description"].is_string(),
            "{file}"
        );
        undocumented(file, &schema);
    }
}

/// Fails at a property, at any depth, that has no description.
fn undocumented(place: &str, schema: &Value) {
    let Value::Object(members) = schema else {
        return;
    };
    if let Some(Value::Object(properties)) = members.get("properties") {
        for (name, property) in properties {
            // The words that tell variants apart are described by the variant.
            let word = property.get("const").is_some();
            assert!(
                word || property["description"].is_string(),
                "{place}.{name}: {property}"
            );
        }
    }
    for (name, member) in members {
        let place = format!("{place}.{name}");
        undocumented(&place, member);
        if let Value::Array(items) = member {
            items.iter().for_each(|item| undocumented(&place, item));
        }
    }
}

#[test]
fn internal_shapes_are_closed_and_the_public_one_is_open() {
    assert!(named("post.json").get("additionalProperties").is_none());
    for file in [
        "pulse.json",
        "dead-letter.json",
        "notice.json",
        "incident.json",
        "command.json",
    ] {
        assert_eq!(
            named(file)["additionalProperties"],
            Value::Bool(false),
            "{file}"
        );
    }
    for file in ["post-record.json", "hit-record.json", "lexicon-record.json"] {
        let schema = named(file);
        for variant in schema["anyOf"].as_array().unwrap() {
            let name = variant["$ref"]
                .as_str()
                .unwrap()
                .trim_start_matches("#/$defs/");
            let closed = &schema["$defs"][name]["additionalProperties"];
            assert_eq!(*closed, Value::Bool(false), "{file}: {name}");
        }
    }
}

#[test]
fn the_public_shape_has_exactly_the_fields_of_the_plan() {
    let schema = named("post.json");
    let mut fields: Vec<&str> = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    let plan = "author counts found_at id kind published_at repost_of service source text title \
                url v voice";
    assert_eq!(fields.join(" "), plan);
}
