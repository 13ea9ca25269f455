//! Words of one trade: what a board is about is said by the board, never by the code.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::source::{Source, for_tests, parse};

const OF_A_TRADE: [&str; 5] = ["patient", "ward", "bed", "hospital", "station"];

/// Where such a word stands by itself, also as a part of a name (`bed_id`, `WardList`) and in strings; comments and tests are free.
pub fn of_a_trade(files: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        let said: Vec<(usize, String)> = match file.path.ends_with(".rs") {
            true => rust_words(file),
            false => {
                let code = without_comments(&file.text);
                code.lines().enumerate().map(|(number, line)| (number + 1, line.to_owned())).collect()
            }
        };
        for (line, text) in said {
            for word in trade_words(&text) {
                wrong.push(format!("{}:{line}: {word}", file.path));
            }
        }
    }
    wrong
}

/// The words of the list in a text, singular or plural.
fn trade_words(text: &str) -> Vec<&'static str> {
    let mut split = String::new();
    let mut last_was_lower = false;
    for c in text.chars() {
        // A hump begins a new word.
        if c.is_uppercase() && last_was_lower {
            split.push(' ');
        }
        last_was_lower = c.is_lowercase();
        split.push(if c.is_alphabetic() { c.to_ascii_lowercase() } else { ' ' });
    }
    let one_of = |word: &str| {
        OF_A_TRADE.into_iter().find(|listed| word == *listed || word.strip_suffix('s') == Some(listed))
    };
    split.split_whitespace().filter_map(one_of).collect()
}

/// Names and literals with their lines.
fn rust_words(file: &Source) -> Vec<(usize, String)> {
    let mut walk = Walk(Vec::new());
    walk.visit_file(&parse(file));
    walk.0
}

struct Walk(Vec<(usize, String)>);

impl Walk {
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(name) => self.0.push((name.span().start().line, name.to_string())),
                TokenTree::Literal(text) => self.0.push((text.span().start().line, text.to_string())),
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_ident(&mut self, name: &'ast syn::Ident) {
        self.0.push((name.span().start().line, name.to_string()));
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.0.push((text.span().start().line, text.value()));
    }

    fn visit_lit_byte_str(&mut self, text: &'ast syn::LitByteStr) {
        self.0.push((text.span().start().line, String::from_utf8_lossy(&text.value()).into_owned()));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_path(self, &call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        // A doc comment is a comment.
        if attribute.path().is_ident("doc") {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }
}

/// TypeScript, Svelte or CSS with its comments blanked out; lines stay where they are, strings stay whole.
pub fn without_comments(text: &str) -> String {
    const COMMENTS: [(&str, &str); 3] = [("//", "\n"), ("/*", "*/"), ("<!--", "-->")];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        if quote.is_none()
            && let Some((_, end)) = COMMENTS.iter().find(|(start, _)| rest.starts_with(start))
        {
            let length =
                rest.find(end).map_or(rest.len(), |at| at + if *end == "\n" { 0 } else { end.len() });
            out.extend(rest[..length].chars().filter(|c| *c == '\n'));
            rest = &rest[length..];
            continue;
        }
        if c == '\\' && quote.is_some() {
            out.extend(rest.chars().take(2));
            rest = rest.char_indices().nth(2).map_or("", |(at, _)| &rest[at..]);
            continue;
        }
        quote = match quote {
            None if matches!(c, '"' | '\'' | '`') => Some(c),
            // An apostrophe in a page's text ends with its line; strings over lines are templates.
            Some(open) if c == open || (c == '\n' && open != '`') => None,
            same => same,
        };
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        of_a_trade(&[Source::planted(path, text)]).len()
    }

    #[test]
    fn words_of_a_trade_are_found_in_rust() {
        for planted in [
            "fn ward() {}",
            "struct BedList;",
            "const X: &str = \"all patients\";",
            "fn f() { println!(\"{hospital}\"); }",
            "#[serde(rename = \"station\")] struct S;",
            "fn f() { let bed_id = 1; }",
        ] {
            assert!(found("x.rs", planted) > 0, "{planted}");
        }
    }

    #[test]
    fn words_of_a_trade_are_found_in_the_ui() {
        assert_eq!(found("x.ts", "const a = 'https://x/beds'; // beds"), 1);
        assert_eq!(found("x.svelte", "<p>it's\n<b>Ward</b>"), 1);
        assert_eq!(found("x.css", ".bed { color: red }"), 1);
    }

    #[test]
    fn comments_tests_and_longer_words_are_free() {
        let fine = "//! A hospital.\n/// Its beds.\nfn forward() { let embedded = \"reward\"; }\n\
                    #[cfg(test)]\nmod tests { fn ward() {} }";
        assert_eq!(found("x.rs", fine), 0);
        assert_eq!(found("x.ts", "/* a ward\n a bed */ const backward = 1; // station"), 0);
        assert_eq!(found("x.svelte", "<!-- the\n patient --><p>Impatient</p>"), 0);
    }
}
