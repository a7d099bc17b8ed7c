//! Which stages an incident may be moved to. It moves forward only; what people do beside it
//! (an answer, a reopening) may move it as well.

use fengbiao_model::Stage;

/// From each stage, the stages that people may move an incident to.
const ALLOWED: [(Stage, &[Stage]); 7] = {
    use Stage::{Answered, Closed, Detected, Following, Reported, Reviewed, Verifying};
    [
        (
            Detected,
            &[Reported, Verifying, Answered, Following, Closed],
        ),
        (Reported, &[Verifying, Answered, Following, Closed]),
        (Verifying, &[Answered, Following, Closed]),
        (Answered, &[Following, Closed]),
        (Following, &[Closed]),
        (Closed, &[Reviewed]),
        (Reviewed, &[]),
    ]
};

/// The stages that come next, of those that may.
pub(crate) fn allowed(from: Stage) -> &'static [Stage] {
    let row = ALLOWED.iter().find(|(stage, _)| *stage == from);
    row.map_or(&[], |(_, to)| *to)
}

/// Whether an incident may be moved; if not, what would be allowed.
pub(crate) fn check(from: Stage, to: Stage) -> Result<(), String> {
    let allowed = allowed(from);
    if allowed.contains(&to) {
        return Ok(());
    }
    let names: Vec<String> = allowed
        .iter()
        .map(|stage| format!("`{}`", stage.as_str()))
        .collect();
    let expected = match names.as_slice() {
        [] => "no further stage".to_owned(),
        names => names.join(", "),
    };
    let hint = if from.is_open() {
        ""
    } else {
        "; hint: `reopen` opens it again"
    };
    Err(format!(
        "the stage is `{}` and cannot become `{}`, expected {expected}{hint}",
        from.as_str(),
        to.as_str()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_its_row_and_none_leads_back() {
        for from in Stage::ALL {
            assert!(ALLOWED.iter().any(|(stage, _)| *stage == from));
            assert!(allowed(from).iter().all(|to| *to > from), "{from:?}");
        }
        assert_eq!(
            check(Stage::Answered, Stage::Verifying).unwrap_err(),
            "the stage is `answered` and cannot become `verifying`, expected `following`, `closed`"
        );
        assert!(check(Stage::Following, Stage::Reviewed).is_err());
        assert!(check(Stage::Closed, Stage::Reviewed).is_ok());
    }
}
