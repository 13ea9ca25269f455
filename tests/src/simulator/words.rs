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
}

const fn ward(
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    bed_kind: &'static str,
    beds: usize,
) -> Ward {
    Ward { id, name, kind, bed_kind, beds }
}

/// 26 wards with 600 beds, and the emergency department with 48 bays.
pub(super) const WARDS: &[Ward] = &[
    ward("M1", "Cardiology", "medical", "general", 24),
    ward("M2", "Pulmonology", "medical", "general", 24),
    ward("M3", "Gastroenterology", "medical", "general", 24),
    ward("M4", "Nephrology", "medical", "general", 24),
    ward("M5", "Neurology", "medical", "general", 24),
    ward("M6", "Oncology", "medical", "general", 24),
    ward("M7", "Haematology", "medical", "general", 24),
    ward("M8", "Geriatrics", "medical", "general", 24),
    ward("M9", "Acute medicine", "medical", "general", 24),
    ward("M10", "Infectious diseases", "medical", "general", 24),
    ward("S1", "General surgery", "surgical", "general", 23),
    ward("S2", "Trauma", "surgical", "general", 23),
    ward("S3", "Orthopaedics", "surgical", "general", 23),
    ward("S4", "Vascular surgery", "surgical", "general", 23),
    ward("S5", "Urology", "surgical", "general", 23),
    ward("S6", "Neurosurgery", "surgical", "general", 23),
    ward("S7", "Ear, nose and throat", "surgical", "general", 23),
    ward("S8", "Plastic surgery", "surgical", "general", 23),
    ward("C1", "Intensive care", "critical", "icu", 16),
    ward("C2", "High dependency", "critical", "hdu", 14),
    ward("P1", "Children", "paediatric", "general", 22),
    ward("P2", "Infants", "paediatric", "cot", 22),
    ward("B1", "Maternity", "maternity", "general", 24),
    ward("B2", "Postnatal", "maternity", "general", 24),
    ward("D1", "Day surgery", "daycase", "general", 27),
    ward("D2", "Day medicine", "daycase", "general", 27),
    ward("ED", "Emergency department", "ed", "bay", 48),
];

pub(super) const SPECIALTIES: [&str; 8] = [
    "cardiology",
    "general_surgery",
    "orthopaedics",
    "oncology",
    "neurology",
    "paediatrics",
    "obstetrics",
    "general_medicine",
];

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

pub(super) const ROLES: [&str; 4] = ["nurse", "physician", "support", "technician"];
pub(super) const METHODS: [&str; 4] = ["card", "cash", "transfer", "insurance"];

pub(super) const FIRST_NAMES: [&str; 12] =
    ["Ada", "Bruno", "Chiara", "Dmitri", "Esra", "Finn", "Greta", "Hana", "Ivo", "Jana", "Karim", "Lena"];
pub(super) const LAST_NAMES: [&str; 12] = [
    "Albrecht", "Brandt", "Costa", "Demir", "Eriksen", "Fischer", "Grün", "Hoffmann", "Iversen", "Jung",
    "König", "Lorenz",
];

/// Kind, severity, weight.
pub(super) const ALERTS: [(&str, &str, f64); 7] = [
    ("rapid_response", "high", 4.0),
    ("stroke", "critical", 2.0),
    ("security", "medium", 3.0),
    ("equipment", "low", 2.0),
    ("code_blue", "critical", 0.6),
    ("fire", "high", 0.2),
    ("mass_casualty", "critical", 0.1),
];
