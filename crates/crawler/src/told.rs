//! What goes wrong again and again: said at once, and then once in a while with how often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Counts, and says when it is time to speak. By the clock of the machine: it is for people.
pub(crate) struct Told {
    every: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    said: Option<Instant>,
    unsaid: u64,
}

impl Told {
    /// Speaks at most once in so long.
    pub(crate) fn new(every: Duration) -> Self {
        Self {
            every,
            state: Mutex::default(),
        }
    }

    /// It has happened so often: how often since it was last said, where it is to be said now.
    pub(crate) fn happened(&self, times: u64) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unsaid += times;
        let early = state.said.is_some_and(|said| said.elapsed() < self.every);
        (state.unsaid > 0 && !early).then(|| {
            state.said = Some(Instant::now());
            std::mem::take(&mut state.unsaid)
        })
    }

    /// When what has happened is to be said; none where all of it was.
    pub(crate) fn due(&self) -> Option<Instant> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .said
            .filter(|_| state.unsaid > 0)
            .map(|said| said + self.every)
    }

    /// It is over: how often it has happened and was not said, where it was going on.
    pub(crate) fn over(&self) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { said, unsaid } = std::mem::take(&mut *state);
        said.map(|_| unsaid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_at_once_then_with_how_often_and_at_the_end() {
        let hour = Duration::from_secs(3_600);
        let mut told = Told::new(hour);
        assert_eq!(
            (told.happened(0), told.due(), told.over()),
            (None, None, None)
        );
        assert_eq!(told.happened(3), Some(3));
        assert_eq!(told.due(), None);
        assert_eq!((told.happened(1), told.happened(1)), (None, None));
        assert!(told.due().is_some_and(|due| due > Instant::now()));
        told.every = Duration::ZERO;
        assert_eq!(told.happened(0), Some(2));
        told.every = hour;
        assert_eq!(told.happened(5), None);
        assert_eq!((told.over(), told.over()), (Some(5), None));
        assert_eq!(told.happened(1), Some(1));
    }
}
