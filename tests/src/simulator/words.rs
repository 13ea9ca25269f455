//! What the hospital is made of.

/// In every name, number, phone and note of a patient; no board names those fields, so it must never
/// be found outside MongoDB.
pub const CANARY: &str = "zqx7canary";

pub(super) struct Ward {
    pub id: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    pub bed_kind: &'static str,
    pub beds: usize,
    /// Whether the last of its beds is not staffed.
    pub one_unstaffed: bool,
}

const fn ward(
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    bed_kind: &'static str,
    beds: usize,
    one_unstaffed: bool,
) -> Ward {
    Ward { id, name, kind, bed_kind, beds, one_unstaffed }
}

/// 26 wards with 600 beds, 588 of them staffed, and the emergency department with 48 bays.
pub(super) const WARDS: [Ward; 27] = [
    ward("M1", "Cardiology", "medical", "general", 25, true),
    ward("M2", "Pulmonology", "medical", "general", 25, false),
    ward("M3", "Gastroenterology", "medical", "general", 25, true),
    ward("M4", "Nephrology", "medical", "general", 25, false),
    ward("M5", "Neurology", "medical", "general", 25, true),
    ward("M6", "Oncology", "medical", "general", 25, false),
    ward("M7", "Haematology", "medical", "general", 25, true),
    ward("M8", "Geriatrics", "medical", "general", 25, true),
    ward("M9", "Acute medicine", "medical", "general", 25, false),
    ward("M10", "Infectious diseases", "medical", "general", 25, false),
    ward("S1", "General surgery", "surgical", "general", 25, true),
    ward("S2", "Trauma", "surgical", "general", 25, false),
    ward("S3", "Orthopaedics", "surgical", "general", 25, true),
    ward("S4", "Vascular surgery", "surgical", "general", 25, true),
    ward("S5", "Urology", "surgical", "general", 25, false),
    ward("S6", "Neurosurgery", "surgical", "general", 25, true),
    ward("S7", "Ear, nose and throat", "surgical", "general", 25, false),
    ward("S8", "Plastic surgery", "surgical", "general", 25, false),
    ward("C1", "Intensive care", "critical", "icu", 16, false),
    ward("C2", "High dependency", "critical", "hdu", 14, false),
    ward("P1", "Children", "paediatric", "general", 20, true),
    ward("P2", "Infants", "paediatric", "cot", 14, false),
    ward("B1", "Maternity", "maternity", "general", 22, true),
    ward("B2", "Postnatal", "maternity", "general", 22, false),
    ward("D1", "Day surgery", "daycase", "general", 21, true),
    ward("D2", "Day medicine", "daycase", "general", 21, false),
    ward("ED", "Emergency department", "ed", "bay", 48, false),
];

/// Index of the emergency department.
pub(super) const ED: usize = 26;

/// Index of a ward by its id.
pub(super) fn ward_index(id: &str) -> usize {
    WARDS.iter().position(|ward| ward.id == id).unwrap_or(ED)
}

pub(super) const DEPARTMENTS: [&str; 9] = [
    "cardiology",
    "orthopaedics",
    "oncology",
    "neurology",
    "paediatrics",
    "obstetrics",
    "radiology",
    "dermatology",
    "laboratory",
];

/// This one's old system writes its dates as text; a board must set such rows aside, and say so.
pub(super) const TEXT_DATES: &str = "dermatology";

/// With the weight of each.
pub(super) const METHODS: [(&str, f64); 4] =
    [("card", 58.0), ("insurance", 20.0), ("cash", 12.0), ("transfer", 10.0)];

/// With the weight of each.
pub(super) const PAYERS: [(&str, f64); 3] = [("statutory", 80.0), ("private", 14.0), ("self", 6.0)];

pub(super) const FIRST_NAMES: [&str; 12] =
    ["Ada", "Bruno", "Chiara", "Dmitri", "Esra", "Finn", "Greta", "Hana", "Ivo", "Jana", "Karim", "Lena"];
pub(super) const LAST_NAMES: [&str; 12] = [
    "Albrecht", "Brandt", "Costa", "Demir", "Eriksen", "Fischer", "Grün", "Hoffmann", "Iversen", "Jung",
    "König", "Lorenz",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_has_600_beds_of_which_588_are_staffed_and_48_bays() {
        let house = || WARDS.iter().filter(|ward| ward.kind != "ed");
        assert_eq!(house().count(), 26);
        assert_eq!(house().map(|ward| ward.beds).sum::<usize>(), 600);
        assert_eq!(house().filter(|ward| ward.one_unstaffed).count(), 12);
        assert_eq!((WARDS[ED].id, WARDS[ED].beds), ("ED", 48));
    }
}
