//! A pattern's text to its tree.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::escape::{Escape, set};
use super::fold::fold;
use super::{Flags, Refusal};

/// Deeper nesting than any filter needs; bounds the recursion.
const DEEPEST: usize = 50;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Set(ClassUnicode),
    Look(Look),
    /// An empty one is the empty text.
    Concat(Vec<Node>),
    Alternatives(Vec<Node>),
    Repeat(Box<Node>, u32, Option<u32>),
}

/// Something that holds at a place and takes no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Start,
    /// After a line feed too, but not after one that ends the text.
    LineStart,
    End,
    /// Before a line feed that ends the text too.
    FinalEnd,
    LineEnd,
    Word,
    NotWord,
}

#[derive(Clone, Copy)]
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) flags: Flags,
    /// Between `\Q` and `\E`.
    quoting: bool,
    depth: usize,
}

pub(super) fn parse(text: &str, flags: Flags) -> Result<Node, Refusal> {
    if text.contains('\0') {
        return Err(Refusal("it has a zero byte".to_owned()));
    }
    let mut parser = Parser { text, at: 0, flags, quoting: false, depth: 0 };
    let mut names = Vec::new();
    let node = parser.alternatives(&mut names)?;
    if parser.quoting {
        return parser.refuse("has a `\\Q` without its `\\E`");
    }
    if parser.at < text.len() { parser.refuse("has a `)` without its `(`") } else { Ok(node) }
}

impl<'t> Parser<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        self.at += if there { text.len() } else { 0 };
        there
    }

    pub(super) fn refuse<T>(&self, why: &str) -> Result<T, Refusal> {
        let place = self.text[..self.at].chars().count();
        Err(Refusal(format!("it {why} (at character {})", place.max(1))))
    }

    fn alternatives(&mut self, names: &mut Vec<&'t str>) -> Result<Node, Refusal> {
        if self.depth > DEEPEST {
            return self.refuse("is nested too deep");
        }
        let mut branches = vec![self.concatenation(names)?];
        while !self.quoting && self.take("|") {
            branches.push(self.concatenation(names)?);
        }
        Ok(if branches.len() == 1 { branches.remove(0) } else { Node::Alternatives(branches) })
    }

    fn concatenation(&mut self, names: &mut Vec<&'t str>) -> Result<Node, Refusal> {
        let mut items = Vec::new();
        loop {
            self.pass_over()?;
            let end = if self.quoting { self.rest().is_empty() } else { self.rest().starts_with(['|', ')']) };
            if end || self.rest().is_empty() {
                return Ok(if items.len() == 1 { items.remove(0) } else { Node::Concat(items) });
            }
            if let Some(atom) = self.atom(names)? {
                items.push(self.repeated(atom)?);
            }
        }
    }

    /// What has no meaning of its own: the ends of `\Q…\E`, comments, and blanks under `x`.
    fn pass_over(&mut self) -> Result<(), Refusal> {
        loop {
            if self.take("\\E") {
                self.quoting = false;
            } else if self.quoting {
                return Ok(());
            } else if self.take("\\Q") {
                self.quoting = true;
            } else if self.take("(?#") {
                let Some(length) = self.rest().find(')') else { return self.refuse("has an open comment") };
                self.at += length + 1;
            } else if self.flags.extended && self.take("#") {
                // MongoDB refuses one that the pattern's end ends.
                let Some(length) = self.rest().find('\n') else { return self.refuse("has an open comment") };
                self.at += length + 1;
            } else if self.flags.extended && self.rest().starts_with(|c| matches!(c, '\t'..='\r' | ' ')) {
                self.at += 1;
            } else {
                return Ok(());
            }
        }
    }

    /// `None` for a change of options.
    fn atom(&mut self, names: &mut Vec<&'t str>) -> Result<Option<Node>, Refusal> {
        if !self.quoting && self.quantifier().is_some() {
            self.next();
            return self.refuse("repeats nothing");
        }
        let Some(c) = self.next() else { return Ok(Some(Node::Concat(Vec::new()))) };
        Ok(Some(match c {
            c if self.quoting => self.literal(c),
            '(' => return self.group(names),
            '[' => Node::Set(self.class()?),
            '.' if self.flags.dot_all => Node::Set(set(&[], true)),
            '.' => Node::Set(set(&[('\n', '\n')], true)),
            '^' => Node::Look(if self.flags.multiline { Look::LineStart } else { Look::Start }),
            '$' => Node::Look(if self.flags.multiline { Look::LineEnd } else { Look::FinalEnd }),
            '\\' => match self.escape(false)? {
                Escape::Char(c) => self.literal(c),
                Escape::Set(set) => Node::Set(set),
                Escape::Look(look) => Node::Look(look),
            },
            c => self.literal(c),
        }))
    }

    fn literal(&self, c: char) -> Node {
        let set = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
        Node::Set(if self.flags.caseless { fold(&set) } else { set })
    }

    /// The least and greatest number of times, and the quantifier's length.
    fn quantifier(&self) -> Option<(u32, Option<u32>, usize)> {
        match self.rest().chars().next()? {
            '*' => Some((0, None, 1)),
            '+' => Some((1, None, 1)),
            '?' => Some((0, Some(1), 1)),
            '{' => {
                let inside = &self.rest()[1..self.rest().find('}')?];
                let number = |text: &str| {
                    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                    // A number too big for this is too big for PCRE.
                    digits.then(|| text.parse().unwrap_or(u32::MAX))
                };
                let (least, most) = match inside.split_once(',') {
                    None => (number(inside)?, Some(number(inside)?)),
                    Some((least, "")) => (number(least)?, None),
                    Some((least, most)) => (number(least)?, Some(number(most)?)),
                };
                Some((least, most, inside.len() + 2))
            }
            _ => None,
        }
    }

    fn repeated(&mut self, atom: Node) -> Result<Node, Refusal> {
        self.pass_over()?;
        let Some((least, most, length)) = self.quantifier().filter(|_| !self.quoting) else {
            return Ok(atom);
        };
        self.at += length;
        if matches!(atom, Node::Look(_)) {
            return self.refuse("repeats an assertion");
        }
        if least.max(most.unwrap_or(0)) > 65_535 || most.is_some_and(|most| most < least) {
            return self.refuse("has wrong numbers in a `{…}`");
        }
        if self.rest().starts_with('+') {
            return self.refuse("has a possessive repetition");
        }
        // Whether a match is short or long is nothing to whether there is one.
        self.take("?");
        self.pass_over()?;
        if !self.quoting && self.quantifier().is_some() {
            return self.refuse("repeats a repetition");
        }
        Ok(Node::Repeat(Box::new(atom), least, most))
    }

    /// After the opening parenthesis.
    fn group(&mut self, names: &mut Vec<&'t str>) -> Result<Option<Node>, Refusal> {
        let outside = self.flags;
        if self.take("*") {
            return self.refuse("begins with a verb of PCRE");
        }
        if self.take("?") && !self.take(":") && !self.name(names)? {
            self.options()?;
            if self.take(")") {
                return Ok(None);
            }
            if !self.take(":") {
                return self.refuse("has an unknown option");
            }
        }
        self.depth += 1;
        let inside = self.alternatives(names)?;
        self.depth -= 1;
        self.flags = outside;
        if self.quoting || !self.take(")") {
            return self.refuse("has a `(` without its `)`");
        }
        // A group of one assertion can be repeated; the bare assertion cannot.
        Ok(Some(Node::Concat(vec![inside])))
    }

    /// Whether a group's name came.
    fn name(&mut self, names: &mut Vec<&'t str>) -> Result<bool, Refusal> {
        let after = self.rest();
        for (opening, what) in [
            ("=", "a look-ahead"),
            ("!", "a look-ahead"),
            ("<=", "a look-behind"),
            ("<!", "a look-behind"),
            (">", "an atomic group"),
            ("|", "a branch reset"),
            ("(", "a condition"),
            ("P=", "a back-reference"),
            ("P>", "a recursion"),
            ("R", "a recursion"),
            ("&", "a recursion"),
            ("C", "a callout"),
        ] {
            if after.starts_with(opening) {
                return self.refuse(&format!("has {what}, which cannot be followed here"));
            }
        }
        let Some((opening, close)) = [("P<", '>'), ("<", '>'), ("'", '\'')]
            .into_iter()
            .find(|(opening, _)| after.starts_with(opening))
        else {
            return Ok(false);
        };
        self.at += opening.len();
        let name = &self.rest()[..self.rest().find(close).unwrap_or(0)];
        let known = names.contains(&name);
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.starts_with(|c: char| !c.is_ascii_digit());
        if !plain || known || name.len() > 32 {
            return self.refuse("has a group whose name is not one, or is there twice");
        }
        names.push(name);
        self.at += name.len() + 1;
        Ok(true)
    }

    fn options(&mut self) -> Result<(), Refusal> {
        let mut on = true;
        while let Some(letter) = self.rest().chars().next() {
            if letter == '-' && on {
                on = false;
            } else if !self.flags.set(letter, on) {
                break;
            }
            self.at += 1;
        }
        if self.rest().starts_with([')', ':']) {
            return Ok(());
        }
        self.refuse("has an unknown kind of group or option after `(?`")
    }
}
