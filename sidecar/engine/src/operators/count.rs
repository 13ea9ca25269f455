use vigil_wire::Value;

/// How many rows.
#[derive(Debug, Default)]
pub(crate) struct Count(i64);

impl Count {
    pub(crate) fn add(&mut self) {
        self.0 += 1;
    }

    pub(crate) fn remove(&mut self) {
        self.0 -= 1;
    }

    pub(crate) fn value(&self) -> Value {
        Value::Int(self.0)
    }
}
