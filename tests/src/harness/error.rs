use std::fmt::Display;

/// What went wrong, in words for the person who runs the test or the demo.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn new(what: impl Into<String>) -> Self {
        Failure(what.into())
    }
}

/// Gives an error of any library the words of what was being done.
pub trait While<T> {
    fn doing(self, what: impl Display) -> Outcome<T>;
}

impl<T, E: Display> While<T> for Result<T, E> {
    fn doing(self, what: impl Display) -> Outcome<T> {
        self.map_err(|cause| Failure(format!("{what}: {cause}")))
    }
}
