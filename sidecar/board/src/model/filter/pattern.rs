use crate::filter::pcre;

/// A regular expression as the board says it; checked to mean here what it means in MongoDB.
#[derive(Debug, Clone)]
pub struct Pattern {
    pattern: String,
    options: String,
    compiled: regex::bytes::Regex,
}

impl Pattern {
    /// `options` are letters of `imsx`.
    ///
    /// # Errors
    /// Why it cannot be followed exactly, as a sentence that begins with "it" or "the option".
    pub fn new(pattern: &str, options: &str) -> Result<Pattern, String> {
        let mut letters: Vec<char> = options.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        let options: String = letters.into_iter().collect();
        let compiled = pcre::compile(pattern, &options).map_err(|refusal| refusal.0)?;
        Ok(Pattern { pattern: pattern.to_owned(), options, compiled })
    }

    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Sorted.
    pub fn options(&self) -> &str {
        &self.options
    }

    /// Whether it matches anywhere in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.compiled.is_match(text.as_bytes())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        (&self.pattern, &self.options) == (&other.pattern, &other.options)
    }
}

impl Eq for Pattern {}
