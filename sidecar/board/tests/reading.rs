//! What a good board is read as.
#![allow(clippy::unwrap_used)]

use bson::oid::ObjectId;
use bson::{Bson, DateTime};
use vigil_board::{
    Aggregate, Board, Breakdown, Class, Expr, Filter, Format, Good, GroupKey, Keys, Metric, Operator, Source,
    Test, Tier, TierTimes, Window,
};

const HEAD: &str =
    "[board]\nid = \"yard\"\ntitle = \"Yard\"\ndatabase = \"yard\"\ntimezone = \"<+0537>-05:37\"\n";

fn board(rest: &str) -> Board {
    let text = format!("{HEAD}{rest}");
    vigil_board::parse("yard.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Hidden count of `jobs` with one further line.
fn job(id: &str, line: &str) -> String {
    format!("[[metric]]\nid = \"{id}\"\ntitle = \"T\"\nfrom = \"jobs\"\nhidden = true\n{line}\n")
}

fn formula(id: &str, text: &str) -> String {
    format!("[[metric]]\nid = \"{id}\"\ntitle = \"T\"\nhidden = true\nformula = '{text}'\n")
}

fn filter(line: &str) -> Filter {
    match &board(&job("a", line)).metrics[0].source {
        Source::Rows(rows) => rows.filter.clone(),
        other => panic!("{other:?}"),
    }
}

fn is(field: &str, test: Test) -> Filter {
    Filter::Field(field.to_owned(), test)
}

fn root(text: &str) -> Expr {
    let rows =
        job("a", "") + &job("b", "") + &job("d", "value = \"at\"\naggregate = \"min\"\nformat = \"age\"");
    match &board(&format!("[limits]\nmost = \"2.50\"\n{rows}{}", formula("f", text))).metrics[3].source {
        Source::Formula(formula) => formula.root.clone(),
        other => panic!("{other:?}"),
    }
}

fn with(operator: Operator, left: Expr, right: Expr) -> Expr {
    Expr::Binary(operator, Box::new(left), Box::new(right))
}

#[test]
fn defaults() {
    let board = board(&job("a", ""));
    assert_eq!(board.max_groups, 1_000);
    assert_eq!(board.tiers.critical, TierTimes { interval_ms: 100, confirm_ms: 5_000 });
    assert_eq!(board.tiers.standard.confirm_ms, 30_000);
    assert_eq!(board.tiers.historical.confirm_ms, 300_000);
    assert_eq!(board.tiers.report, TierTimes { interval_ms: 900_000, confirm_ms: 900_000 });
    let Metric { tier, class, good, format, title, source, .. } = &board.metrics[0];
    assert_eq!((*tier, *class, *good), (Tier::Standard, Class::Internal, Good::None));
    assert_eq!(*format, Format::Number { decimals: 0 });
    assert_eq!(title[""], "T");
    assert!(
        matches!(source, Source::Rows(rows) if rows.aggregate == Aggregate::Count && rows.window.is_none())
    );
    assert_eq!(board.hash.len(), 64);
    assert_eq!(board.timezone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds(), (5 * 60 + 37) * 60);
}

#[test]
fn tiers_as_said() {
    let board = board(&format!("[tiers]\ncritical = \"2s\"\nstandard = \"1m\"\n{}", job("a", "")));
    assert_eq!(board.tiers.critical, TierTimes { interval_ms: 100, confirm_ms: 2_000 });
    assert_eq!(board.tiers.standard, TierTimes { interval_ms: 60_000, confirm_ms: 60_000 });
}

#[test]
fn filters() {
    assert_eq!(filter(""), Filter::And(vec![]));
    assert_eq!(filter("match = '{}'"), Filter::And(vec![]));
    assert_eq!(filter("match = '{\"a.b\": null}'"), is("a.b", Test::Eq(Bson::Null)));
    assert_eq!(filter("match = { \"a.b\" = 3000000000 }"), is("a.b", Test::Eq(Bson::Int64(3_000_000_000))));
    assert_eq!(
        filter("match = { at = 2026-01-31T08:00:00+01:00 }"),
        is("at", Test::Eq(Bson::DateTime(DateTime::from_millis(1_769_842_800_000))))
    );
    assert_eq!(
        filter(
            r#"match = "{\"a\": {\"$in\": [1, 2.5, null, {\"$numberDecimal\": \"1.50\"}], \"$ne\": true}}""#
        ),
        Filter::And(vec![
            is(
                "a",
                Test::In(vec![
                    Bson::Int32(1),
                    Bson::Double(2.5),
                    Bson::Null,
                    Bson::Decimal128("1.50".parse().unwrap())
                ])
            ),
            is("a", Test::Ne(Bson::Boolean(true))),
        ])
    );
    assert_eq!(
        filter(
            r#"match = '{"$or": [{"a": {"$exists": false}}, {"$and": [{"b": "x"}, {"c": {"$eq": "y"}}]}]}'"#
        ),
        Filter::Or(vec![
            is("a", Test::Exists(false)),
            Filter::And(vec![is("b", Test::Eq("x".into())), is("c", Test::Eq("y".into()))]),
        ])
    );
    let id = ObjectId::parse_str("0123456789abcdef01234567").unwrap();
    assert_eq!(
        filter(r#"match = '{"_id": {"$oid": "0123456789abcdef01234567"}}'"#),
        is("_id", Test::Eq(Bson::ObjectId(id)))
    );
}

#[test]
fn windows_values_and_groups() {
    let text = job(
        "a",
        "window = { field = \"at\", last = \"24h\", bucket = \"5m\" }\nvalue = \"cost.net\"\naggregate = \"sum\"\n\
         by = [\"kind\", { field = \"place\", keys = { from = \"places\" } }]\nclass = \"public\"",
    );
    let board = board(&text);
    let Source::Rows(rows) = &board.metrics[0].source else { panic!() };
    let window = Window::Last { field: "at".into(), span_ms: 86_400_000, bucket_ms: Some(300_000) };
    assert_eq!(rows.window, Some(window));
    assert_eq!(rows.aggregate, Aggregate::Sum);
    assert_eq!(
        rows.by,
        [
            Breakdown { name: "kind".into(), key: GroupKey::Field("kind".into()), keys: None, names: None },
            Breakdown {
                name: "place".into(),
                key: GroupKey::Field("place".into()),
                keys: Some(Keys { from: "places".into(), filter: Filter::everything() }),
                names: None
            }
        ]
    );
    let watched = board.watched();
    assert_eq!(watched["jobs"].iter().collect::<Vec<_>>(), ["at", "cost.net", "kind", "place"]);
    assert!(watched["places"].is_empty());
}

#[test]
fn ancestors_absorb_and_ids_always_come() {
    let board = board(&(job("a", r#"match = '{"a.b": 1, "a": 2, "ab.c": 3, "_id.x": 4}'"#)));
    assert_eq!(board.watched()["jobs"].iter().collect::<Vec<_>>(), ["a", "ab.c"]);
}

#[test]
fn formulas_bind_as_arithmetic_does() {
    let (a, b) = (|| Expr::Metric(0), || Expr::Metric(1));
    let product = with(Operator::Multiply, b(), Expr::Number(2.0));
    assert_eq!(root("a + b * 2"), with(Operator::Add, a(), product.clone()));
    assert_eq!(root("(a - b) / -a"), {
        let negated = Expr::Negate(Box::new(a()));
        with(Operator::Divide, with(Operator::Subtract, a(), b()), negated)
    });
    assert_eq!(root("a - b - 1"), {
        with(Operator::Subtract, with(Operator::Subtract, a(), b()), Expr::Number(1.0))
    });
    assert_eq!(root("-a * b"), with(Operator::Multiply, Expr::Negate(Box::new(a())), b()));
    assert_eq!(root("a ?? b * 2"), Expr::Else(Box::new(a()), Box::new(product)));
    assert_eq!(root("max(a, 1.5e3, $most)"), Expr::Max(vec![a(), Expr::Number(1_500.0), Expr::Number(2.5)]));
    assert_eq!(root("hours(d)"), Expr::Hours(Box::new(Expr::Metric(2))));
}

#[test]
fn formulas_have_the_groups_and_the_class_that_their_inputs_share() {
    let by = |fields: &str, class: &str| format!("by = [{fields}]\nclass = \"{class}\"");
    let text = formula("top", "middle / lag")
        + &formula("middle", "x + y")
        + &job("x", &by("\"kind\", \"place\", \"role\"", "public"))
        + &job("y", &by("\"role\", \"kind\"", "sensitive"))
        + &job("plain", "class = \"public\"")
        + "[[metric]]\nid = \"lag\"\ntitle = \"T\"\nhidden = true\nfrom = \"$system\"\nvalue = \"stream_lag_s\"\n"
        + &formula("nothing", "x / plain");
    let board = board(&text);
    let of = |id: &str| &board.metrics[board.metric(id).unwrap()];
    assert_eq!(of("middle").breakdowns(), ["kind", "role"]);
    assert_eq!(of("top").breakdowns(), ["kind", "role"]);
    assert!(of("nothing").breakdowns().is_empty());
    assert_eq!((of("top").class, of("nothing").class), (Class::Sensitive, Class::Internal));
    assert_eq!(board.formula_order(), [1, 0, 6]);
}

#[test]
fn every_icon_is_listed_once_in_order() {
    let icons: Vec<&str> = vigil_board::icons().collect();
    assert!(icons.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(icons.contains(&"charging-pile"));
}
