//! A pattern's tree to the `regex` crate's text.

use super::Refusal;
use super::parse::{Look, Node};

/// What comes after a place, up to the pattern's end.
#[derive(Clone, Copy)]
struct After {
    /// Nothing at all.
    nothing: bool,
    /// At least one character.
    takes: bool,
}

struct Emitter {
    text: String,
    /// `\B` also holds inside a character's bytes, where no match may begin.
    inside_characters: bool,
}

pub(super) fn text(node: &Node) -> Result<String, Refusal> {
    let mut emitter = Emitter { text: String::new(), inside_characters: false };
    emitter.node(node, After { nothing: true, takes: false })?;
    if emitter.inside_characters {
        return Ok(format!(r"\A(?s:.)*?(?:{})", emitter.text));
    }
    Ok(emitter.text)
}

/// Whether a match is at least one character long.
fn takes(node: &Node) -> bool {
    match node {
        Node::Set(_) => true,
        Node::Look(_) => false,
        Node::Concat(items) => items.iter().any(takes),
        Node::Alternatives(branches) => branches.iter().all(takes),
        Node::Repeat(inner, least, _) => *least > 0 && takes(inner),
    }
}

impl Emitter {
    fn node(&mut self, node: &Node, after: After) -> Result<(), Refusal> {
        match node {
            Node::Set(class) => {
                // No character at all: what the whole range leaves.
                self.text.push_str(if class.ranges().is_empty() { r"[^\x{0}-\x{10FFFF}" } else { "[" });
                for range in class.ranges() {
                    let (from, to) = (u32::from(range.start()), u32::from(range.end()));
                    self.text.push_str(&format!(r"\x{{{from:X}}}-\x{{{to:X}}}"));
                }
                self.text.push(']');
                Ok(())
            }
            Node::Look(look) => self.look(*look, after),
            Node::Concat(items) => {
                for (i, item) in items.iter().enumerate() {
                    let later = &items[i + 1..];
                    let after = After {
                        nothing: after.nothing && later.is_empty(),
                        takes: after.takes || later.iter().any(takes),
                    };
                    self.node(item, after)?;
                }
                Ok(())
            }
            Node::Alternatives(branches) => {
                self.text.push_str("(?:");
                for (i, branch) in branches.iter().enumerate() {
                    self.text.push_str(if i > 0 { "|" } else { "" });
                    self.node(branch, after)?;
                }
                self.text.push(')');
                Ok(())
            }
            Node::Repeat(inner, least, most) => {
                let once = most.is_some_and(|most| most <= 1);
                self.text.push_str("(?:");
                self.node(inner, After { nothing: after.nothing && once, ..after })?;
                let most = most.map(|most| most.to_string()).unwrap_or_default();
                self.text.push_str(&format!("){{{least},{most}}}"));
                Ok(())
            }
        }
    }

    fn look(&mut self, look: Look, after: After) -> Result<(), Refusal> {
        self.text.push_str(match look {
            Look::Start => r"\A",
            Look::End => r"\z",
            Look::LineEnd => "(?m:$)",
            Look::Word => r"(?-u:\b)",
            Look::NotWord => {
                self.inside_characters = true;
                r"(?-u:\B)"
            }
            // Taking the line feed is the same as looking at it where nothing follows.
            Look::FinalEnd if after.nothing => r"(?:\n?\z)",
            Look::FinalEnd => {
                return Err(Refusal("it has `$` or `\\Z` before its end; write `\\z` or move it".to_owned()));
            }
            // Behind a line feed that ends the text there is nothing to take.
            Look::LineStart if after.takes => "(?m:^)",
            Look::LineStart => {
                let why = "it has `^` under option m where nothing need follow; take at least one character";
                return Err(Refusal(why.to_owned()));
            }
        });
        Ok(())
    }
}
