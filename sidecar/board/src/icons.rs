/// Names of the Tabler outline icons that a board may use, one a line, sorted.
const LIST: &str = include_str!("../icons.txt");

/// Every icon that `icon` may name: the subset of Tabler Icons (MIT) that the app holds.
pub fn icons() -> impl Iterator<Item = &'static str> + Clone {
    LIST.lines()
}
