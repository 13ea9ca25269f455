//! Formulas: text to [`Expr`]. Binding, from the loosest: `??`; `+ -`; `* /`; unary minus.

use crate::model::{Expr, Operator};
use crate::names::Names;
use crate::suggest;

const LONGEST_BYTES: usize = 2_000;
const DEEPEST: usize = 50;
const FUNCTIONS: [&str; 3] = ["hours", "max", "min"];

/// What was read, and every problem with its byte offset in the formula.
#[derive(Default)]
pub(crate) struct Parsed {
    pub root: Option<Expr>,
    pub inputs: Vec<Input>,
    pub mistakes: Vec<Mistake>,
}

/// A metric that is named.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub metric: usize,
    pub at: usize,
    /// As `hours(metric)`: it is to be a date.
    pub as_date: bool,
}

pub(crate) struct Mistake {
    pub at: usize,
    pub message: String,
    pub help: String,
    /// A name that is not known; the text is otherwise whole.
    pub unknown: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'t> {
    Number(f64),
    Name(&'t str),
    Limit(&'t str),
    Sign(&'static str),
    Wrong(&'t str),
    End,
}

/// A syntax error has been noted; nothing more is read.
struct Stop;

pub(crate) fn parse(text: &str, names: &Names<'_>) -> Parsed {
    let mut parser = Parser { text, at: 0, names, parsed: Parsed::default() };
    if text.len() > LONGEST_BYTES {
        let message = format!("a formula of {} bytes", text.len());
        parser.note(
            0,
            message,
            format!("expected at most {LONGEST_BYTES}; use metrics with `hidden = true` for its parts"),
        );
        return parser.parsed;
    }
    if let Ok(root) = parser.whole() {
        parser.parsed.root = Some(root);
    }
    parser.parsed
}

struct Parser<'t, 'n> {
    text: &'t str,
    at: usize,
    names: &'n Names<'n>,
    parsed: Parsed,
}

impl<'t> Parser<'t, '_> {
    fn note(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        self.parsed.mistakes.push(Mistake { at, message: message.into(), help: help.into(), unknown: false });
    }

    fn unknown(&mut self, at: usize, message: String, help: String) {
        self.parsed.mistakes.push(Mistake { at, message, help, unknown: true });
    }

    /// The token at the cursor, where it begins and where it ends.
    fn look(&self) -> (Token<'t>, usize, usize) {
        let rest = self.text[self.at..].trim_start();
        let at = self.text.len() - rest.len();
        let named = |text: &'t str| &text[..word_length(text)];
        for sign in ["??", "+", "-", "*", "/", "(", ")", ","] {
            if rest.starts_with(sign) {
                return (Token::Sign(sign), at, at + sign.len());
            }
        }
        match rest.chars().next() {
            None => (Token::End, at, at),
            Some('$') => (Token::Limit(named(&rest[1..])), at, at + 1 + named(&rest[1..]).len()),
            Some('0'..='9' | '.') => {
                let word = &rest[..number_length(rest)];
                let number = word.parse().ok().filter(|x: &f64| x.is_finite());
                (number.map_or(Token::Wrong(word), Token::Number), at, at + word.len())
            }
            Some(c) if c.is_ascii_alphabetic() => {
                let word = &rest[..name_length(rest)];
                (Token::Name(word), at, at + word.len())
            }
            Some(c) => (Token::Wrong(&rest[..c.len_utf8()]), at, at + c.len_utf8()),
        }
    }

    fn next(&mut self) -> (Token<'t>, usize) {
        let (token, at, end) = self.look();
        self.at = end;
        (token, at)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let (token, _, end) = self.look();
        let found = token
            == Token::Sign(match sign {
                "(" => "(",
                "," => ",",
                _ => ")",
            });
        if found {
            self.at = end;
        }
        found
    }

    fn expected<T>(&mut self, what: &str) -> Result<T, Stop> {
        let (token, at, _) = self.look();
        let found = match token {
            Token::Number(_) => "a number".to_owned(),
            Token::Name(word) | Token::Wrong(word) => format!("`{}`", word.escape_debug()),
            Token::Limit(name) => format!("`${name}`"),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_owned(),
        };
        let help = "a formula has + - * / ( ), ??, min, max, hours, numbers, $limits and ids of metrics";
        self.note(at, format!("formula: expected {what}, found {found}"), help);
        Err(Stop)
    }

    fn whole(&mut self) -> Result<Expr, Stop> {
        let root = self.expression(0, 0)?;
        if self.look().0 != Token::End {
            return self.expected("an operator");
        }
        Ok(root)
    }

    /// Everything that binds at least as tightly as `least`.
    fn expression(&mut self, least: u8, depth: usize) -> Result<Expr, Stop> {
        let mut left = self.operand(depth)?;
        loop {
            let (token, _, end) = self.look();
            let Token::Sign(sign) = token else { return Ok(left) };
            let (binds, operator) = match sign {
                "??" => (1, None),
                "+" => (2, Some(Operator::Add)),
                "-" => (2, Some(Operator::Subtract)),
                "*" => (3, Some(Operator::Multiply)),
                "/" => (3, Some(Operator::Divide)),
                _ => return Ok(left),
            };
            if binds < least {
                return Ok(left);
            }
            self.at = end;
            let right = Box::new(self.expression(binds + 1, depth + 1)?);
            left = match operator {
                Some(operator) => Expr::Binary(operator, Box::new(left), right),
                None => Expr::Else(Box::new(left), right),
            };
        }
    }

    fn operand(&mut self, depth: usize) -> Result<Expr, Stop> {
        if depth > DEEPEST {
            let (_, at, _) = self.look();
            self.note(
                at,
                format!("formula: nested deeper than {DEEPEST}"),
                "use metrics with `hidden = true` for its parts",
            );
            return Err(Stop);
        }
        let (token, at, _) = self.look();
        match token {
            Token::Number(number) => {
                self.next();
                Ok(Expr::Number(number))
            }
            Token::Limit(name) => {
                self.next();
                Ok(Expr::Number(self.limit(name, at)))
            }
            Token::Name(name) => {
                self.next();
                if self.takes("(") { self.call(name, at, depth) } else { Ok(self.metric(name, at, false)) }
            }
            Token::Sign("-") => {
                self.next();
                Ok(Expr::Negate(Box::new(self.expression(4, depth + 1)?)))
            }
            Token::Sign("(") => {
                self.next();
                let inner = self.expression(0, depth + 1)?;
                if self.takes(")") { Ok(inner) } else { self.expected("`)`") }
            }
            _ => self.expected("a number, a metric or `(`"),
        }
    }

    fn call(&mut self, name: &str, at: usize, depth: usize) -> Result<Expr, Stop> {
        if name == "hours" {
            return self.hours(at);
        }
        let mut arguments = vec![self.expression(0, depth + 1)?];
        while self.takes(",") {
            arguments.push(self.expression(0, depth + 1)?);
        }
        if !self.takes(")") {
            return self.expected("`,` or `)`");
        }
        match name {
            "min" | "max" if arguments.len() < 2 => {
                self.note(
                    at,
                    format!("formula: `{name}` of one value"),
                    format!("expected {name}(x, y) or more"),
                );
                Err(Stop)
            }
            "min" => Ok(Expr::Min(arguments)),
            "max" => Ok(Expr::Max(arguments)),
            _ => {
                self.note(at, format!("formula: unknown function `{name}`"), suggest::help(name, FUNCTIONS));
                Err(Stop)
            }
        }
    }

    fn hours(&mut self, at: usize) -> Result<Expr, Stop> {
        let (token, inner) = self.next();
        let Token::Name(name) = token else {
            self.note(
                at,
                "formula: `hours` takes the id of a metric",
                "expected hours(metric), of a metric with `format = \"age\"`",
            );
            return Err(Stop);
        };
        let metric = self.metric(name, inner, true);
        if self.takes(")") { Ok(Expr::Hours(Box::new(metric))) } else { self.expected("`)`") }
    }

    fn metric(&mut self, id: &str, at: usize, as_date: bool) -> Expr {
        match self.names.metric(id) {
            Some(named) => {
                self.parsed.inputs.push(Input { metric: named.index, at, as_date });
                Expr::Metric(named.index)
            }
            None => {
                let (what, help) = self.names.unknown(id);
                self.unknown(at, format!("formula: {what}"), help);
                Expr::Number(0.0)
            }
        }
    }

    fn limit(&mut self, name: &str, at: usize) -> f64 {
        match self.names.limits.get(name) {
            Some(limit) => *limit,
            None => {
                let help = suggest::help(name, self.names.limits.keys().copied());
                self.unknown(at, format!("formula: unknown limit `${name}`"), help);
                0.0
            }
        }
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// A word, and with a dot right between them a second one: `los_days.p90`.
fn name_length(text: &str) -> usize {
    let id = word_length(text);
    match text[id..].strip_prefix('.') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => id + 1 + word_length(rest),
        _ => id,
    }
}

/// Digits, one dot with digits after it, and an exponent.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| from + text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = end + 1 + usize::from(text[end + 1..].starts_with(['+', '-']));
        if digits(sign) > sign {
            end = digits(sign);
        }
    }
    end
}
