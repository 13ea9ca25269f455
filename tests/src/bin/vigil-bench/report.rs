//! The figures as a table.

/// Rows of a Markdown table: what, bare, Vigil, ratio.
pub struct Report {
    rows: Vec<[String; 4]>,
}

impl Report {
    pub fn new() -> Self {
        Report { rows: Vec::new() }
    }

    /// A rate, more is better; the ratio is Vigil ÷ bare, the median over pairs.
    pub fn rate(&mut self, what: &str, bare: &[f64], vigil: &[f64]) {
        let figure = |rates: &[f64]| format!("{:.0}/s", median(rates));
        self.push(what, figure(bare), figure(vigil), ratio(bare, vigil));
    }

    /// A time in milliseconds, less is better; the ratio is Vigil ÷ bare.
    pub fn time(&mut self, what: &str, bare: &[f64], vigil: &[f64]) {
        let figure = |times: &[f64]| format!("{:.2} ms", median(times));
        self.push(what, figure(bare), figure(vigil), ratio(bare, vigil));
    }

    /// A figure with no other side.
    pub fn alone(&mut self, what: &str, vigil: String) {
        self.push(what, "–".to_owned(), vigil, "–".to_owned());
    }

    pub fn markdown(&self) -> String {
        let mut text = "| figure | bare | Vigil | Vigil ÷ bare |\n|---|---|---|---|\n".to_owned();
        for [what, bare, vigil, ratio] in &self.rows {
            text.push_str(&format!("| {what} | {bare} | {vigil} | {ratio} |\n"));
        }
        text
    }

    fn push(&mut self, what: &str, bare: String, vigil: String, ratio: String) {
        eprintln!("{what}: bare {bare}, Vigil {vigil}, ratio {ratio}");
        self.rows.push([what.to_owned(), bare, vigil, ratio]);
    }
}

fn ratio(bare: &[f64], vigil: &[f64]) -> String {
    let pairs: Vec<f64> = bare.iter().zip(vigil).map(|(bare, vigil)| vigil / bare).collect();
    format!("{:.2}", median(&pairs))
}

pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Nearest rank.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (p * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
