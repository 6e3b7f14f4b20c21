//! Entries in the form in which an engine takes them, made ready while the batch before is being committed.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The first entries of a batch as an engine takes them; what they are is the engine's own.
#[derive(Clone, Default)]
pub struct Ready {
    /// Number of entries.
    pub(super) entries: usize,
    form: Option<Arc<dyn Any + Send + Sync>>,
}

impl Ready {
    /// Returns the form of an engine, to be added to; an empty one at first.
    ///
    /// # Panics
    /// When another engine has made it: a lane has one log.
    pub(super) fn form_mut<T: Any + Send + Sync + Clone + Default>(&mut self) -> &mut T {
        let form = self.form.get_or_insert_with(|| Arc::new(T::default()));
        if Arc::get_mut(form).is_none() {
            let copy = form.downcast_ref::<T>().expect("a lane has one log").clone();
            *form = Arc::new(copy);
        }
        Arc::get_mut(form).and_then(|form| form.downcast_mut()).expect("a lane has one log")
    }

    /// Returns the form of an engine, if there is any.
    pub(super) fn form<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.form.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} entries made ready", self.entries)
    }
}
