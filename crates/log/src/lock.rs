//! Locks on small states.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a thread that panicked while it held one of these small states left it whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
