//! Numbers in as few bytes as they need: LEB128, seven bits a byte, the lowest first. Numbers with a sign are folded first, so that
//! small ones stay short (zigzag: 0, -1, 1, -2, …).

/// Appends a number.
pub fn put(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    into.push(low_bits(number));
}

/// Appends a number with a sign.
pub fn put_signed(into: &mut Vec<u8>, number: i64) {
    put(into, (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned());
}

fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).expect("seven bits fit a byte")
}

/// Bytes that are read from their beginning.
#[derive(Debug, Clone)]
pub struct Numbers<'a> {
    left: &'a [u8],
}

impl<'a> Numbers<'a> {
    /// Begins at the first byte.
    #[must_use]
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// True when every byte was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Takes a number; `None` when the bytes are none, or not the shortest for it.
    pub fn take(&mut self) -> Option<u64> {
        let (&first, left) = self.left.split_first()?;
        if first < 0x80 {
            self.left = left;
            return Some(first.into());
        }
        let mut number = 0_u64;
        for (at, &byte) in self.left.iter().enumerate() {
            let shift = u32::try_from(at * 7).ok()?;
            let bits = u64::from(byte & 0x7f);
            if shift >= u64::BITS || (bits << shift) >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                self.left = &self.left[at + 1..];
                return (byte != 0).then_some(number);
            }
        }
        None
    }

    /// Takes a number with a sign.
    pub fn take_signed(&mut self) -> Option<i64> {
        let folded = self.take()?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    /// Takes a number that is an index or a length in memory.
    pub fn take_index(&mut self) -> Option<usize> {
        usize::try_from(self.take()?).ok()
    }

    /// Takes so many bytes.
    pub fn take_bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(numbers in proptest::collection::vec(any::<i64>(), 0..20), bits in 0..64_u32) {
            let mut bytes = Vec::new();
            for &number in &numbers {
                put_signed(&mut bytes, number >> bits);
                put(&mut bytes, number.cast_unsigned() >> bits);
            }
            let mut read = Numbers::of(&bytes);
            for &number in &numbers {
                prop_assert_eq!(read.take_signed(), Some(number >> bits));
                prop_assert_eq!(read.take(), Some(number.cast_unsigned() >> bits));
            }
            prop_assert!(read.is_empty());
        }

        /// One number has one encoding, so that equal totals are equal bytes.
        #[test]
        fn what_is_read_is_written_alike(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut read = Numbers::of(&bytes);
            if let Some(number) = read.take() {
                let mut again = Vec::new();
                put(&mut again, number);
                prop_assert_eq!(&again[..], &bytes[..again.len()]);
            }
        }
    }

    #[test]
    fn bytes_that_are_no_number_are_refused() {
        for odd in
            [&[][..], &[0x80], &[0x80, 0], &[0xff; 10], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]]
        {
            assert_eq!(Numbers::of(odd).take(), None, "{odd:?}");
        }
        assert_eq!(Numbers::of(&[0x80, 1]).take(), Some(128));
        assert_eq!(Numbers::of(&[3, 7, 8]).take_bytes(4), None);
    }
}
