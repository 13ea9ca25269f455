use bson::RawDocument;
use vigil_wire::ClusterTime;

/// The cluster time inside a resume token: hexadecimal characters 2 to 18 of `_data`, after the type
/// byte of a timestamp (0x82). `None` when the token is of another shape.
pub fn token_time(token: &RawDocument) -> Option<ClusterTime> {
    let data = token.get_str("_data").ok()?;
    if data.get(..2)? != "82" {
        return None;
    }
    let seconds = u32::from_str_radix(data.get(2..10)?, 16).ok()?;
    let ordinal = u32::from_str_radix(data.get(10..18)?, 16).ok()?;
    Some(ClusterTime::new(seconds, ordinal))
}

#[cfg(test)]
mod tests {
    use bson::rawdoc;

    use super::*;

    #[test]
    fn reads_the_time_of_a_recorded_token() {
        // A high-water mark of mongod 6.0.5.
        let token = rawdoc! { "_data": "82655F1A2B000000052B0229296E04" };
        assert_eq!(token_time(&token), Some(ClusterTime::new(0x655F_1A2B, 5)));
    }

    #[test]
    fn a_token_of_another_shape_has_no_time() {
        for data in
            ["", "82", "82zz5F1A2B00000005", "78655F1A2B00000005", "82655F1A2B0000000", "8é655F1A2B00000005"]
        {
            assert_eq!(token_time(&rawdoc! { "_data": data }), None, "{data}");
        }
        assert_eq!(token_time(&rawdoc! { "_data": 7 }), None);
        assert_eq!(token_time(&rawdoc! {}), None);
    }
}
