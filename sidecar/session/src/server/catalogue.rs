use std::collections::BTreeMap;

use vigil_wire::BoardSchema;

/// The names that clients may ask for.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(BTreeMap<String, BTreeMap<String, u32>>);

impl Catalogue {
    pub fn of<'a>(boards: impl IntoIterator<Item = &'a BoardSchema>) -> Self {
        let metrics =
            |board: &BoardSchema| (0..).zip(&board.metrics).map(|(i, m)| (m.id.clone(), i)).collect();
        Catalogue(boards.into_iter().map(|board| (board.id.clone(), metrics(board))).collect())
    }

    pub fn has(&self, board: &str) -> bool {
        self.0.contains_key(board)
    }

    pub fn metric(&self, board: &str, id: &str) -> Option<u32> {
        self.0.get(board)?.get(id).copied()
    }
}
