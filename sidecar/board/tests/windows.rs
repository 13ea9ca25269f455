//! Every form of window, as it is read.
#![allow(clippy::unwrap_used)]

use vigil_board::{Day, Source, Window};

const HOUR: i64 = 3_600_000;

fn window(text: &str) -> Window {
    let board = format!(
        "[board]\nid = \"yard\"\ntitle = \"Yard\"\ndatabase = \"yard\"\ntimezone = \"Europe/Berlin\"\n\
         [[group]]\nid = \"all\"\ntitle = \"All\"\ntiles = [\"open\"]\n\
         [[metric]]\nid = \"open\"\ntitle = \"Open\"\nfrom = \"jobs\"\nwindow = {text}\n"
    );
    let board =
        vigil_board::parse("yard.toml", &board).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    assert_eq!(
        board.watched()["jobs"].iter().map(String::as_str).collect::<Vec<_>>(),
        sorted(board.metrics[0].source.clone()),
        "what leaves MongoDB for {text}"
    );
    match &board.metrics[0].source {
        Source::Rows(rows) => rows.window.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn sorted(source: Source) -> Vec<&'static str> {
    let Source::Rows(rows) = source else { panic!("no rows") };
    let window = rows.window.unwrap();
    let mut fields: Vec<&str> =
        ["a", "b", "c", "p.at"].into_iter().filter(|f| window.fields().contains(f)).collect();
    fields.sort_unstable();
    fields
}

#[test]
fn every_form_is_read() {
    let a = || "a".to_owned();
    let day = |day, until_ms| Window::Day { field: a(), day, until_ms };
    assert_eq!(window(r#"{ field = "a", day = "today" }"#), day(Day::Today, None));
    assert_eq!(
        window(r#"{ field = "a", day = "yesterday", until = "07:30" }"#),
        day(Day::Yesterday, Some(7 * HOUR + HOUR / 2))
    );
    let last = |bucket_ms| Window::Last { field: "p.at".into(), span_ms: 720 * HOUR, bucket_ms };
    assert_eq!(window(r#"{ field = "p.at", last = "30d" }"#), last(None));
    assert_eq!(window(r#"{ field = "p.at", last = "30d", bucket = "1h" }"#), last(Some(HOUR)));
    assert_eq!(window(r#"{ field = "a", next = "2w" }"#), Window::Next { field: a(), span_ms: 336 * HOUR });
    let older = |span_ms| Window::OlderThan { field: a(), span_ms };
    assert_eq!(window(r#"{ field = "a", older_than = "4h" }"#), older(4 * HOUR));
    assert_eq!(window(r#"{ field = "a", older_than = "0d" }"#), older(0));
    let covers =
        |to: &[&str]| Window::Covers { from: a(), to: to.iter().map(|to| (*to).to_owned()).collect() };
    assert_eq!(window(r#"{ from = "a", to = "b", covers = "now" }"#), covers(&["b"]));
    assert_eq!(window(r#"{ from = "a", to = ["b", "c"], covers = "now" }"#), covers(&["b", "c"]));
    assert_eq!(
        window(
            r#"{ any = [
                { all = [{ field = "a", day = "today" }, { from = "a", to = "c", covers = "now" }] },
                { field = "a", older_than = "0m" },
            ] }"#
        ),
        Window::Any(vec![Window::All(vec![day(Day::Today, None), covers(&["c"])]), older(0)])
    );
}
