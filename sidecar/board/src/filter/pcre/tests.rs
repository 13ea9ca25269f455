use super::*;

fn is_in(pattern: &str, options: &str, text: &str) -> bool {
    compile(pattern, options)
        .unwrap_or_else(|refusal| panic!("{pattern}: {}", refusal.0))
        .is_match(text.as_bytes())
}

/// Each of these was seen on mongod 6.0.5; the engine's property test holds more of them against it.
#[test]
fn matches_what_pcre_matches() {
    for (pattern, options, text, expected) in [
        ("a$", "", "a\n", true),
        ("a$", "", "a\n\n", false),
        ("a\\z", "", "a\n", false),
        ("a\\Z", "", "a\n", true),
        ("^b", "m", "a\nb", true),
        ("a$", "m", "a\nb", true),
        (".", "", "\n", false),
        (".", "s", "\n", true),
        ("^\\w+$", "", "é", false),
        ("^\\d$", "", "٣", false),
        ("é", "i", "É", true),
        ("k", "i", "\u{212a}", true),
        ("\\w", "i", "\u{212a}", false),
        ("ა", "i", "\u{1c90}", false),
        ("\\B", "", "aéa", false),
        ("\\B", "", "é", true),
        ("[a&&b]", "", "&", true),
        ("[[:upper:]]", "i", "a", true),
        ("[\\w-.]", "", "-", true),
        ("a{,2}", "", "a{,2}", true),
        ("(a(?i)b|c)", "", "C", true),
        ("a b # c\n", "x", "ab", true),
        ("\\Qa.b\\E+", "", "a.bb", true),
        ("\\h", "", "\u{180e}", true),
        ("[^\\x{0}-\\x{10ffff}]", "", "a", false),
    ] {
        assert_eq!(is_in(pattern, options, text), expected, "{pattern:?} {options} in {text:?}");
    }
}

#[test]
fn what_cannot_be_said_exactly_is_refused() {
    for pattern in [
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?>a)",
        "(?|a)",
        "(?R)",
        "(?1)",
        "(?&n)",
        "(?P=n)",
        "(?(1)a)",
        "(?C)",
        "(*UTF8)a",
        "(a)\\1",
        "\\g1",
        "\\k<n>",
        "\\R",
        "\\X",
        "\\K",
        "\\G",
        "\\pL",
        "\\PL",
        "a*+",
        "a{2}+",
        "a**",
        "*a",
        "^*",
        "a(?i)+",
        "(a",
        "a)",
        "[a",
        "[z-a]",
        "[a-\\d]",
        "[[:foo:]]",
        "[[.a.]]",
        "[:alpha:]",
        "[:\\]:]",
        "a{2,1}",
        "a{70000}",
        "(?:a{1000}){1000}",
        "\\",
        "\\Qa",
        "\\u0041",
        "\\x{d800}",
        "\\xé",
        "(?#a",
        "(?z)",
        "(?<n>a)(?<n>b)",
        "(?<1>a)",
        "a$b",
        "a\0",
    ] {
        assert!(compile(pattern, "").is_err(), "{pattern}");
    }
    assert!(compile("^", "m").is_err());
    assert!(compile("^\\s*$", "m").is_err());
    assert!(compile("a # open", "x").is_err());
    assert!(compile("a", "g").is_err());
    let deep = "(".repeat(10_000);
    assert!(compile(&deep, "").is_err());
}
