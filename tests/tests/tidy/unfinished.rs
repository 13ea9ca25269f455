//! Marks of what was left for later.

use crate::source::Source;

const WORDS: [&str; 2] = ["TODO", "FIXME"];
const MACROS: [&str; 2] = ["todo!", "unimplemented!"];

pub fn marks(files: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if words.any(|word| WORDS.contains(&word)) || MACROS.iter().any(|mark| line.contains(mark)) {
                wrong.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found() {
        for planted in ["// TODO: later", "fn f() { todo!() }", "  unimplemented!(\"x\")", "<!-- FIXME -->"] {
            assert_eq!(marks(&[Source::planted("x", planted)]).len(), 1, "{planted}");
        }
        assert!(marks(&[Source::planted("x", "let todos = TODOS;")]).is_empty());
    }
}
