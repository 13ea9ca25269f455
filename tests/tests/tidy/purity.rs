//! What pure crates may not touch: time and randomness are passed in, and I/O is somebody else's.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::source::{Source, for_tests, parse};

/// The beginnings of paths that lead outside.
const OUTSIDE: [&[&str]; 11] = [
    &["tokio"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "thread"],
    &["std", "process"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["rand"],
    &["getrandom"],
    &["std", "collections", "hash_map", "RandomState"],
];

/// Types whose `now` is a clock, wherever they come from.
const CLOCKS: [&str; 5] = ["Instant", "SystemTime", "Timestamp", "Zoned", "DateTime"];

pub fn impure(files: &[Source]) -> Vec<String> {
    files
        .iter()
        .flat_map(|file| {
            let mut walk = Walk { path: &file.path, wrong: Vec::new() };
            walk.visit_file(&parse(file));
            walk.wrong
        })
        .collect()
}

struct Walk<'a> {
    path: &'a str,
    wrong: Vec<String>,
}

impl Walk<'_> {
    fn look(&mut self, segments: &[String], line: usize) {
        let outside = OUTSIDE.iter().any(|start| {
            segments.len() >= start.len()
                && start.iter().zip(segments).all(|(wanted, there)| *wanted == there)
        });
        let clock = matches!(segments, [.., of, call] if call == "now" && CLOCKS.contains(&of.as_str()));
        if outside || clock {
            self.wrong.push(format!("{}:{line}: a pure crate uses {}", self.path, segments.join("::")));
        }
    }

    fn look_into(&mut self, tree: &syn::UseTree, so_far: &[String]) {
        let mut segments = so_far.to_vec();
        match tree {
            syn::UseTree::Path(path) => {
                segments.push(path.ident.to_string());
                self.look_into(&path.tree, &segments);
            }
            syn::UseTree::Name(name) => {
                segments.push(name.ident.to_string());
                self.look(&segments, tree.span().start().line);
            }
            syn::UseTree::Rename(name) => {
                segments.push(name.ident.to_string());
                self.look(&segments, tree.span().start().line);
            }
            // A glob of `std::time` would bring its clocks in.
            syn::UseTree::Glob(_) => {
                if segments == ["std", "time"] {
                    segments.push("Instant".to_owned());
                }
                self.look(&segments, tree.span().start().line);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.look_into(item, so_far)),
        }
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !for_tests(&item.attrs) {
            self.look_into(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.look(&segments, path.span().start().line);
        visit::visit_path(self, path);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_disks_and_networks_are_found() {
        for planted in [
            "use std::time::{Duration, Instant};",
            "use std::{fs, sync::Arc};",
            "use std::time::*;",
            "fn f() { let t = std::time::SystemTime::now(); }",
            "fn f() { tokio::spawn(async {}); }",
            "fn f() -> jiff::Timestamp { jiff::Timestamp::now() }",
            "fn f() { let _ = rand::random::<u8>(); }",
        ] {
            assert!(!impure(&[Source::planted("x.rs", planted)]).is_empty(), "{planted}");
        }
    }

    #[test]
    fn spans_of_time_and_tests_are_free() {
        let fine = "use std::time::Duration;\n#[cfg(test)]\nmod tests { use std::time::Instant; }";
        assert!(impure(&[Source::planted("x.rs", fine)]).is_empty());
    }
}
