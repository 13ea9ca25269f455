//! Sums that are never rounded before the end, and from which anything added can be taken out again.

use num_bigint::{BigInt, BigUint, Sign};

use crate::value::decimal::{self, EXPONENT_MAX};

/// Digits of a Decimal128.
const DIGITS: usize = 34;

/// An integer of any size; small while it can be.
#[derive(Debug, Clone, PartialEq)]
enum Whole {
    Small(i128),
    Big(BigInt),
}

impl Whole {
    fn add(&mut self, amount: i128) {
        *self = match std::mem::replace(self, Whole::Small(0)) {
            Whole::Small(sum) => match sum.checked_add(amount) {
                Some(sum) => Whole::Small(sum),
                None => Whole::Big(BigInt::from(sum) + amount),
            },
            Whole::Big(sum) => {
                let sum = sum + amount;
                i128::try_from(&sum).map_or_else(|_| Whole::Big(sum), Whole::Small)
            }
        };
    }

    fn to_big(&self) -> BigInt {
        match self {
            Whole::Small(sum) => BigInt::from(*sum),
            Whole::Big(sum) => sum.clone(),
        }
    }
}

/// Sums of integers, one per exponent, with how many addends each holds; in rising order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buckets(Vec<(i32, u32, Whole)>);

impl Buckets {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, exponent: i32, amount: i128) {
        match self.0.binary_search_by_key(&exponent, |bucket| bucket.0) {
            Ok(at) => {
                self.0[at].1 += 1;
                self.0[at].2.add(amount);
            }
            Err(at) => self.0.insert(at, (exponent, 1, Whole::Small(amount))),
        }
    }

    pub(crate) fn remove(&mut self, exponent: i32, amount: i128) {
        if let Ok(at) = self.0.binary_search_by_key(&exponent, |bucket| bucket.0) {
            self.0[at].1 -= 1;
            self.0[at].2.add(-amount);
            if self.0[at].1 == 0 {
                self.0.remove(at);
            }
        }
    }

    /// The least exponent, at most `at_most`, and the sum in units of base^exponent.
    fn total(&self, base: u8, at_most: i32) -> (BigInt, i32) {
        let least = self.0.first().map_or(at_most, |bucket| bucket.0.min(at_most));
        let total = self.0.iter().fold(BigInt::ZERO, |total, (exponent, _, sum)| {
            total + sum.to_big() * BigInt::from(base).pow((exponent - least).unsigned_abs())
        });
        (total, least)
    }
}

/// Doubles are kept by exponents in steps of 32, so that few buckets serve.
const STEP: i32 = 32;

/// A finite double as a bucket's exponent and an amount of at most 84 bits.
pub(crate) fn bucketed(x: f64) -> (i32, i128) {
    let (negative, mantissa, exponent) = crate::value::number::parts(x);
    let amount = i128::from(mantissa) << exponent.rem_euclid(STEP);
    (exponent.div_euclid(STEP), if negative { -amount } else { amount })
}

/// Integers plus doubles, rounded once to the nearest double, ties to even.
pub(crate) fn to_double(integers: i128, doubles: &Buckets) -> f64 {
    let (sum, two) = binary(integers, doubles);
    round_to_double(sum.sign() == Sign::Minus, sum.magnitude(), two)
}

/// Integers plus doubles, divided and rounded once to the nearest double.
pub(crate) fn quotient_double(integers: i128, doubles: &Buckets, by: u64) -> f64 {
    let (sum, two) = binary(integers, doubles);
    let by = BigUint::from(by);
    // Bits enough that one more, for what is beyond them, cannot be mistaken for half of the last.
    let more = (66 + by.bits()).saturating_sub(sum.bits());
    let dividend = sum.magnitude() << more;
    let (quotient, rest) = (&dividend / &by, &dividend % &by);
    let quotient = (quotient << 1_u8) + u8::from(rest != BigUint::ZERO);
    let more = i32::try_from(more).unwrap_or(i32::MAX) + 1;
    round_to_double(sum.sign() == Sign::Minus, &quotient, two - more)
}

/// Integers plus doubles plus decimals, divided and rounded once to 34 digits; an exact quotient has the
/// scale of the sum, or as many more digits as it needs.
pub(crate) fn quotient_decimal(integers: i128, doubles: &Buckets, decimals: &Buckets, by: u64) -> String {
    let (sum, scale) = decimal_sum(integers, doubles, decimals);
    let by = BigInt::from(by);
    let digits = |n: &BigInt| n.magnitude().to_string().len();
    let more = (DIGITS + 2 + digits(&by)).saturating_sub(digits(&sum));
    let dividend = sum * BigInt::from(10).pow(u32::try_from(more).unwrap_or(0));
    let (mut quotient, rest) = (&dividend / &by, &dividend % &by);
    let mut ten = i64::from(scale) - more as i64;
    if rest != BigInt::ZERO {
        // One more digit stands for what is beyond.
        let beyond = if quotient.sign() == Sign::Minus { -1 } else { 1 };
        quotient = quotient * 10 + beyond;
        ten -= 1;
    } else {
        let all = BigInt::from(10);
        while ten < i64::from(scale) && (&quotient % &all) == BigInt::ZERO {
            quotient /= &all;
            ten += 1;
        }
    }
    round_to_decimal(&quotient, ten)
}

/// Integers plus doubles as a sum in units of 2^exponent; the exponent is at most 0.
fn binary(integers: i128, doubles: &Buckets) -> (BigInt, i32) {
    let step = doubles.0.first().map_or(0, |bucket| bucket.0.min(0));
    let mut sum = BigInt::from(integers) << (-step * STEP).unsigned_abs();
    for (exponent, _, amount) in &doubles.0 {
        sum += amount.to_big() << ((exponent - step) * STEP).unsigned_abs();
    }
    (sum, step * STEP)
}

/// ± magnitude × 2^two as the nearest double.
fn round_to_double(negative: bool, magnitude: &BigUint, two: i32) -> f64 {
    let bits = i64::try_from(magnitude.bits()).unwrap_or(i64::MAX);
    let top = bits.saturating_add(two.into());
    let rounded = if bits == 0 {
        return 0.0;
    } else if top > 1024 {
        f64::INFINITY
    } else {
        let last = (top - 53).max(-1074);
        let mantissa = shift_half_even(magnitude, last - i64::from(two));
        mantissa as f64 * power_of_two(last)
    };
    if negative { -rounded } else { rounded }
}

/// magnitude ÷ 2^by, at most 54 bits of it, rounded half to even.
fn shift_half_even(magnitude: &BigUint, by: i64) -> u64 {
    let low = |n: &BigUint| n.iter_u64_digits().next().unwrap_or(0);
    let Ok(drop @ 1..) = u64::try_from(by) else { return low(&(magnitude << by.unsigned_abs())) };
    let kept = low(&(magnitude >> drop));
    let half = magnitude.bit(drop - 1);
    let beyond = magnitude.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
    if half && (beyond || kept & 1 == 1) { kept + 1 } else { kept }
}

/// 2^exponent, for −1074 ≤ exponent ≤ 1023.
fn power_of_two(exponent: i64) -> f64 {
    if exponent >= -1022 {
        f64::from_bits(((exponent + 1023).unsigned_abs()) << 52)
    } else {
        f64::from_bits(1 << (exponent + 1074).unsigned_abs())
    }
}

/// Integers plus doubles plus decimals, rounded once to 34 digits, ties to even; the scale is the
/// finest of the decimals', so that cents stay cents.
pub(crate) fn to_decimal(integers: i128, doubles: &Buckets, decimals: &Buckets) -> String {
    let (sum, ten) = decimal_sum(integers, doubles, decimals);
    round_to_decimal(&sum, ten.into())
}

/// The exact sum in units of 10^exponent; the exponent is at most 0.
fn decimal_sum(integers: i128, doubles: &Buckets, decimals: &Buckets) -> (BigInt, i32) {
    let (sum, ten) = decimals.total(10, 0);
    let (other, other_ten) = decimal_of_binary(integers, doubles);
    let finest = ten.min(other_ten);
    let scaled = |n: BigInt, from: i32| n * BigInt::from(10).pow((from - finest).unsigned_abs());
    (scaled(sum, ten) + scaled(other, other_ten), finest)
}

/// Every double is a finite decimal: m × 2^−k = m × 5^k × 10^−k.
fn decimal_of_binary(integers: i128, doubles: &Buckets) -> (BigInt, i32) {
    if doubles.is_empty() {
        return (BigInt::from(integers), 0);
    }
    let (sum, two) = binary(integers, doubles);
    let Some(zeros) = sum.trailing_zeros() else { return (BigInt::ZERO, 0) };
    // Without the factors of 2 that it need not have, 5^k × odd has no factor of 10 left.
    let drop = zeros.min(u64::from(two.unsigned_abs()));
    let places = two + i32::try_from(drop).unwrap_or(0);
    ((sum >> drop) * BigInt::from(5).pow(places.unsigned_abs()), places)
}

fn round_to_decimal(sum: &BigInt, mut ten: i64) -> String {
    let negative = sum.sign() == Sign::Minus;
    let mut digits = sum.magnitude().to_string();
    if digits.len() > DIGITS {
        let dropped = digits.split_off(DIGITS);
        ten += dropped.len() as i64;
        let half = dropped.as_bytes()[0].cmp(&b'5');
        let beyond = dropped.bytes().skip(1).any(|digit| digit != b'0');
        let odd = digits.bytes().last().is_some_and(|digit| digit % 2 == 1);
        if half.is_gt() || (half.is_eq() && (beyond || odd)) {
            let up = digits.parse::<u128>().unwrap_or(0) + 1;
            digits = up.to_string();
            if digits.len() > DIGITS {
                digits.pop();
                ten += 1;
            }
        }
    }
    if ten > EXPONENT_MAX && digits != "0" {
        return if negative { "-Infinity" } else { "Infinity" }.to_owned();
    }
    decimal::write(negative, &digits, ten)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double_sum(addends: &[f64]) -> f64 {
        let mut buckets = Buckets::default();
        for x in addends {
            let (exponent, amount) = bucketed(*x);
            buckets.add(exponent, amount);
        }
        to_double(0, &buckets)
    }

    #[test]
    fn doubles_are_rounded_once() {
        assert_eq!(double_sum(&[1e16, 1.0, -1e16]), 1.0);
        assert_eq!(double_sum(&[0.1; 10]), 1.0);
        assert_eq!(double_sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(double_sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(double_sum(&[5e-324, 5e-324]), 1e-323);
        assert_eq!(double_sum(&[f64::MIN_POSITIVE, -5e-324]), f64::MIN_POSITIVE - 5e-324);
        // Ties: 2^53 + 1 goes to the even 2^53, a little more goes up.
        assert_eq!(double_sum(&[9_007_199_254_740_992.0, 1.0]), 9_007_199_254_740_992.0);
        assert_eq!(double_sum(&[9_007_199_254_740_992.0, 1.0, 5e-324]), 9_007_199_254_740_994.0);
        assert_eq!(to_double(i128::from(i64::MAX) * 3, &Buckets::default()), 2.767_011_611_056_432_8e19);
    }

    #[test]
    fn quotients_are_rounded_once() {
        let none = Buckets::default();
        let decimal = |sum: i128, exponent: i32, by: u64| {
            let mut decimals = Buckets::default();
            decimals.add(exponent, sum);
            quotient_decimal(0, &none, &decimals, by)
        };
        assert_eq!(quotient_decimal(6, &none, &none, 3), "2");
        assert_eq!(quotient_decimal(600, &none, &none, 2), "300");
        assert_eq!(quotient_decimal(-3, &none, &none, 2), "-1.5");
        assert_eq!(quotient_decimal(1, &none, &none, 3), "0.3333333333333333333333333333333333");
        assert_eq!(quotient_decimal(-2, &none, &none, 3), "-0.6666666666666666666666666666666667");
        assert_eq!(quotient_decimal(0, &none, &none, 7), "0");
        assert_eq!((decimal(300, -2, 2), decimal(30, -2, 4)), ("1.50".to_owned(), "0.075".to_owned()));
        // 34 digits and a half, exactly: to the even one. A trifle more: up.
        let odd = 10_i128.pow(34) + 1;
        assert_eq!(decimal(odd, 0, 2), "5000000000000000000000000000000000");
        assert_eq!(decimal(odd * 1_000 + 1, -3, 2), "5000000000000000000000000000000001");
        for (sum, by) in [(1_i128, 3_u64), (-7, 9), ((1 << 53) - 1, 1_000_003), (1 << 60, 1 << 20)] {
            assert_eq!(quotient_double(sum, &none, by), sum as f64 / by as f64, "{sum} / {by}");
        }
        let mut doubles = Buckets::default();
        for x in [f64::MAX, f64::MAX, 5e-324] {
            let (exponent, amount) = bucketed(x);
            doubles.add(exponent, amount);
        }
        assert_eq!(quotient_double(0, &doubles, 2), f64::MAX);
        assert_eq!(quotient_double(-1, &Buckets::default(), 1), -1.0);
        let mut least = Buckets::default();
        least.add(bucketed(5e-324).0, bucketed(5e-324).1);
        assert_eq!((quotient_double(0, &least, 2), quotient_double(0, &least, 1)), (0.0, 5e-324));
    }

    #[test]
    fn decimals_round_half_to_even_at_34_digits() {
        let nines = BigInt::from(10).pow(35) - 1;
        assert_eq!(round_to_decimal(&nines, 0), "1.000000000000000000000000000000000E+35");
        assert_eq!(
            round_to_decimal(&(BigInt::from(10).pow(34) + 5), -2),
            "100000000000000000000000000000000.0"
        );
        assert_eq!(
            round_to_decimal(&(BigInt::from(10).pow(34) + 15), -2),
            "100000000000000000000000000000000.2"
        );
        assert_eq!(round_to_decimal(&BigInt::from(-30), -2), "-0.30");
        assert_eq!(round_to_decimal(&BigInt::ZERO, -2), "0.00");
        assert_eq!(round_to_decimal(&BigInt::from(1), 6112), "Infinity");
    }

    #[test]
    fn a_double_is_a_finite_decimal() {
        let mut doubles = Buckets::default();
        let (exponent, amount) = bucketed(0.375);
        doubles.add(exponent, amount);
        assert_eq!(to_decimal(2, &doubles, &Buckets::default()), "2.375");
    }
}
