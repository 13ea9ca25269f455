use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::Millis;

/// Largest integer that JavaScript holds exactly (2^53 − 1).
const JS_SAFE: i64 = 9_007_199_254_740_991;

/// Why a metric has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum NoData {
    /// A minimum, maximum or average over no rows.
    Empty,
    /// A formula divided by zero.
    DivisionByZero,
    /// An input of a formula has no value.
    MissingInput,
    /// More groups than the board's `max_groups`.
    TooManyGroups,
    /// The figure is not to be had here (for `$system`), or not yet.
    Unavailable,
}

/// One published figure.
///
/// JSON: integers within ±(2^53 − 1) and finite doubles are numbers; larger integers, decimals and
/// non-finite doubles are strings in the notation of MongoDB's Decimal128; a date is
/// `{"date": ms}`, a word is `{"text": "…"}`, no value is `{"none": reason}`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    None(NoData),
    Int(i64),
    Double(f64),
    /// An exact decimal, in plain or scientific notation; never a float.
    Decimal(String),
    Date(Millis),
    Text(String),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::None(why) => single(s, "none", why),
            Value::Int(n) if (-JS_SAFE..=JS_SAFE).contains(n) => s.serialize_i64(*n),
            Value::Int(n) => s.collect_str(n),
            Value::Double(x) if x.is_finite() => s.serialize_f64(*x),
            Value::Double(x) if x.is_nan() => s.serialize_str("NaN"),
            Value::Double(x) if *x > 0.0 => s.serialize_str("Infinity"),
            Value::Double(_) => s.serialize_str("-Infinity"),
            Value::Decimal(d) => s.serialize_str(d),
            Value::Date(ms) => single(s, "date", ms),
            Value::Text(t) => single(s, "text", t),
        }
    }
}

fn single<S: Serializer, T: Serialize>(s: S, key: &str, value: &T) -> Result<S::Ok, S::Error> {
    let mut map = s.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number, a number in a string, or one of {date}, {text}, {none}")
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Value, E> {
        i64::try_from(n).map(Value::Int).map_err(|_| E::custom("integer over 64 bits"))
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<Value, E> {
        Ok(Value::Double(x))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Decimal(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(de::Error::custom("an empty object is no value"));
        };
        let value = match key.as_str() {
            "none" => Value::None(map.next_value()?),
            "date" => Value::Date(map.next_value()?),
            "text" => Value::Text(map.next_value()?),
            other => return Err(de::Error::unknown_field(other, &["none", "date", "text"])),
        };
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(extra) => Err(de::Error::unknown_field(&extra, &[])),
        }
    }
}

#[cfg(feature = "typescript")]
impl ts_rs::TS for Value {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    fn name(_: &ts_rs::Config) -> String {
        "Value".into()
    }
    fn inline(_: &ts_rs::Config) -> String {
        "number | string | { date: number } | { text: string } | { none: NoData }".into()
    }
    fn decl(cfg: &ts_rs::Config) -> String {
        format!("type Value = {};", Self::inline(cfg))
    }
    fn decl_concrete(cfg: &ts_rs::Config) -> String {
        Self::decl(cfg)
    }
}
