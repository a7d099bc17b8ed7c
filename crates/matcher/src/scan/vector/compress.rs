//! Which bytes move where when eight units are pressed together.

/// For each choice of eight units, a shuffle of their sixteen bytes that brings the chosen ones to
/// the front and makes the rest zero.
pub(super) static COMPRESS: [[u8; 16]; 256] = table();

const fn table() -> [[u8; 16]; 256] {
    // An index with the high bit gives zero.
    let mut table = [[0x80; 16]; 256];
    let mut chosen = 0;
    while chosen < 256 {
        let mut unit = 0;
        let mut to = 0;
        while unit < 8 {
            if chosen >> unit & 1 == 1 {
                table[chosen][to] = 2 * unit;
                table[chosen][to + 1] = 2 * unit + 1;
                to += 2;
            }
            unit += 1;
        }
        chosen += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_units_come_to_the_front_in_order() {
        assert_eq!(COMPRESS[0], [0x80; 16]);
        assert_eq!(COMPRESS[0b1000_0010][..6], [2, 3, 14, 15, 0x80, 0x80]);
        for (chosen, shuffle) in COMPRESS.iter().enumerate() {
            let kept = shuffle.iter().filter(|&&byte| byte < 0x80).count();
            assert_eq!(kept, 2 * chosen.count_ones() as usize);
        }
    }
}
