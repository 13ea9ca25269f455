//! Aggregates and values, as they are read.
#![allow(clippy::unwrap_used)]

use vigil_board::{Aggregate, Board, Expr, Format, Measure, Operator, Quantity, Rows, Source};

const HEAD: &str = "[board]\nid = \"yard\"\ntitle = \"Yard\"\ndatabase = \"yard\"\ntimezone = \"UTC\"\n";

fn board(rest: &str) -> Board {
    let text = format!("{HEAD}{rest}");
    vigil_board::parse("yard.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// A metric of `jobs` with further lines.
fn job(id: &str, lines: &str) -> String {
    format!("[[metric]]\nid = \"{id}\"\ntitle = \"T\"\nfrom = \"jobs\"\n{lines}\n")
}

fn rows(board: &Board, id: &str) -> Rows {
    match &board.metrics[board.metric(id).unwrap()].source {
        Source::Rows(rows) => rows.clone(),
        other => panic!("{other:?}"),
    }
}

fn stay() -> String {
    let lines = "value = { between = [\"admitted\", \"left\"], unit = \"d\", above = 0, below = 1.5 }
        aggregate = [\"avg\", \"p50\", \"p90\", \"distinct\"]\nformat = { kind = \"number\", decimals = 1 }";
    job("los", &format!("{lines}\nunit = \"days\"\nby = [\"ward\"]\nclass = \"public\""))
}

#[test]
fn a_list_of_aggregates_is_a_metric_for_each() {
    let board = board(
        &(job("first", "hidden = true")
            + &stay()
            + &job("last", "hidden = true")
            + "
        [[metric]]\nid = \"spread\"\ntitle = \"T\"\nhidden = true\nformula = \"los.p90-los.p50/last\"
        [[group]]\nid = \"g\"\ntitle = \"G\"\ntiles = [\"los\", \"los.p90\"]"),
    );
    let ids: Vec<&str> = board.metrics.iter().map(|metric| metric.id.as_str()).collect();
    assert_eq!(ids, ["first", "los.avg", "los.p50", "los.p90", "los.distinct", "last", "spread"]);
    let of = |aggregate| Rows { aggregate, ..rows(&board, "los.avg") };
    assert_eq!(rows(&board, "los.avg").aggregate, Aggregate::Avg);
    assert_eq!(rows(&board, "los.p50"), of(Aggregate::Percentile(50)));
    assert_eq!(rows(&board, "los.p90"), of(Aggregate::Percentile(90)));
    assert_eq!(rows(&board, "los.distinct"), of(Aggregate::Distinct));
    let statistics: Vec<_> = board.metrics.iter().map(|metric| metric.statistic.as_deref()).collect();
    assert_eq!(statistics, [None, Some("avg"), Some("p50"), Some("p90"), Some("distinct"), None, None]);
    assert!(board.metrics[1..5].iter().all(|metric| metric.breakdowns() == ["ward"]));
    assert!(board.metrics[1..5].iter().all(|metric| metric.format == Format::Number { decimals: 1 }));
    // On tiles the bare id is the first of them.
    assert_eq!(board.groups[0].tiles, [1, 3]);
    let Source::Formula(spread) = &board.metrics[6].source else { panic!("a formula") };
    let ratio = Expr::Binary(Operator::Divide, Box::new(Expr::Metric(2)), Box::new(Expr::Metric(5)));
    assert_eq!(spread.root, Expr::Binary(Operator::Subtract, Box::new(Expr::Metric(3)), Box::new(ratio)));
    assert!(spread.by.is_empty(), "`last` has no groups");
}

#[test]
fn values_are_fields_or_times_between_dates() {
    let one = |value: &str, aggregate: &str| {
        let lines = format!("hidden = true\nvalue = {value}\naggregate = \"{aggregate}\"");
        let rows = rows(&board(&job("a", &lines)), "a");
        (rows.value.unwrap(), rows.aggregate)
    };
    assert_eq!(one("\"place.size\"", "p1"), (Measure::field("place.size"), Aggregate::Percentile(1)));
    let bounded = Measure { above: Some(-0.5), below: Some(3.0), ..Measure::field("n") };
    assert_eq!(one("{ field = \"n\", above = -0.5, below = 3 }", "max"), (bounded, Aggregate::Max));
    for (unit, unit_ms) in [("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)] {
        let of = Quantity::Between { from: "a".into(), to: "b.c".into(), unit_ms };
        let value = Measure { of, above: None, below: None };
        let written = format!("{{ between = [\"a\", \"b.c\"], unit = \"{unit}\" }}");
        assert_eq!(one(&written, "p99"), (value, Aggregate::Percentile(99)));
    }
}

#[test]
fn texts_name_one_of_several_aggregates() {
    let tile = "[[group]]\nid = \"g\"\ntitle = \"G\"\ntiles = [\"los.p50\"]\n";
    let says = "second = \"{los.avg} on average, {los.p90} {los.p90.unit} for one in ten\"\nhidden = true";
    let text = stay() + tile + &job("b", says);
    assert_eq!(board(&text).groups[0].tiles, [1]);
}
