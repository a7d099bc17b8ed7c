//! Which receivers cannot be reached now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fengbiao_model::ReceiverId;

/// The receivers whose last attempt failed, each with the reason. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Failing(Arc<Mutex<BTreeMap<ReceiverId, String>>>);

impl Failing {
    /// Those of this moment.
    #[must_use]
    pub fn all(&self) -> Vec<(ReceiverId, String)> {
        let all = self.lock();
        all.iter()
            .map(|(id, why)| (id.clone(), why.clone()))
            .collect()
    }

    /// An attempt has ended, well or for this reason.
    pub(super) fn note(&self, receiver: &ReceiverId, failed: Option<&str>) {
        let mut all = self.lock();
        match failed {
            Some(why) => drop(all.insert(receiver.clone(), why.to_owned())),
            None => drop(all.remove(receiver)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ReceiverId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
