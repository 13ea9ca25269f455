/// Arithmetic over other metrics, in f64. Its groups are the union of its inputs' groups.
#[derive(Debug, Clone)]
pub struct Formula {
    pub text: String,
    pub root: Expr,
    /// Breakdown names, from its inputs; empty when it has totals only.
    pub by: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Number(f64),
    Metric(usize),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Min(Vec<Expr>),
    Max(Vec<Expr>),
    /// Hours from a date to now.
    Hours(Box<Expr>),
    /// `x ?? y`: y where x is no data.
    Else(Box<Expr>, Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}
