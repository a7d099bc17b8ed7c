//! Where reading begins.

use std::time::Duration;

use fengbiao_log::Event;
use fengbiao_model::Offset;

use super::*;

/// Hears where it is to read.
#[derive(Default)]
struct Sought(Vec<(Partition, Offset)>);

impl Consumer for Sought {
    fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<Event>, LogError> {
        Ok(Vec::new())
    }

    fn seek(&mut self, partition: Partition, next: Offset) -> Result<(), LogError> {
        self.0.push((partition, next));
        Ok(())
    }

    fn commit(
        &mut self,
        _: Vec<fengbiao_log::NewRecord>,
        _: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<fengbiao_model::Position>, LogError> {
        Ok(Vec::new())
    }
}

#[test]
fn a_new_ledger_begins_at_the_first_record_that_is_kept() {
    let cursor = |next| {
        let note = String::new();
        Some(Cursor { next, note })
    };
    let assigned = vec![
        (Partition(0), cursor(Offset(900))),
        (Partition(1), cursor(Offset(900))),
        (Partition(2), None),
    ];
    let positions = [(Partition(0), Offset(500))].into();
    let mut sought = Sought::default();
    intake::seek(&mut sought, assigned, &positions, |_| Ok(Offset(700))).unwrap();
    // The ledger's own place may well be one that retention has passed: that is to be told.
    let expected = [(Partition(0), Offset(500)), (Partition(1), Offset(700))];
    assert_eq!(sought.0, expected);
}
