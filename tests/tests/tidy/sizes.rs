//! How long files and functions may be.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::source::{Source, parse};

const FILE_LINES: usize = 500;
/// Of a hundred files so many may be longer.
const LONG_PER_CENT: usize = 5;
const FUNCTION_LINES: usize = 100;

/// The long files, when they are more than their share.
pub fn long_files(files: &[Source]) -> Vec<String> {
    let lines = |file: &Source| file.text.lines().count();
    let long: Vec<&Source> = files.iter().filter(|file| lines(file) > FILE_LINES).collect();
    if long.len() * 100 <= files.len() * LONG_PER_CENT {
        return Vec::new();
    }
    long.iter().map(|file| format!("{}: {} lines", file.path, lines(file))).collect()
}

pub fn long_functions(files: &[Source]) -> Vec<String> {
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
    fn look(&mut self, name: &syn::Ident, body: &syn::Block) {
        let (first, last) = (name.span().start().line, body.span().end().line);
        if last - first + 1 > FUNCTION_LINES {
            self.wrong.push(format!("{}:{first}: {name} has {} lines", self.path, last - first + 1));
        }
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.look(&item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.look(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.look(&item.sig.ident, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_lines(lines: usize) -> Source {
        Source::planted("x.rs", &"// line\n".repeat(lines))
    }

    #[test]
    fn long_files_may_be_one_in_twenty() {
        let mut files = vec![of_lines(500); 19];
        files.push(of_lines(501));
        assert!(long_files(&files).is_empty());
        files[0] = of_lines(501);
        assert_eq!(long_files(&files).len(), 2);
    }

    #[test]
    fn long_functions_are_found_wherever_they_are() {
        let lines = "let _x = 1;\n".repeat(99);
        for planted in [
            format!("fn f() {{\n{lines}}}"),
            format!("struct S;\nimpl S {{\nfn f() {{\n{lines}}}\n}}"),
            format!("trait T {{\nfn f() {{\n{lines}}}\n}}"),
            format!("fn g() {{\nfn f() {{\n{lines}}}\n}}"),
        ] {
            assert!(!long_functions(&[Source::planted("x.rs", &planted)]).is_empty());
        }
        let short = format!("fn f() {{\n{}}}", "let _x = 1;\n".repeat(98));
        assert!(long_functions(&[Source::planted("x.rs", &short)]).is_empty());
    }
}
