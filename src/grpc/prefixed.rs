//! Bytes of parts, each with a head in front that tells how long it is: messages of gRPC, and frames of HTTP/2.

/// Where parts begin, however the bytes come.
pub(super) struct Prefixed<const HEAD: usize> {
    head: Vec<u8>,
    /// Bytes of the part that are still to come.
    left: usize,
}

impl<const HEAD: usize> Prefixed<HEAD> {
    /// Begins behind so many bytes.
    pub(super) const fn behind(bytes: usize) -> Self {
        Self { head: Vec::new(), left: bytes }
    }

    /// True when the last part is complete, and none, or but a piece of its head, has come of the next.
    pub(super) const fn is_between(&self) -> bool {
        self.left == 0
    }

    /// Passes over bytes that came in. `length_of` is told each head that ends in them, and tells how long its part is.
    pub(super) fn pass(&mut self, mut bytes: &[u8], mut length_of: impl FnMut([u8; HEAD]) -> usize) {
        while !bytes.is_empty() {
            let (passed, rest) = bytes.split_at(self.left.min(bytes.len()));
            self.left -= passed.len();
            let (head, rest) = rest.split_at((HEAD - self.head.len()).min(rest.len()));
            self.head.extend_from_slice(head);
            bytes = rest;
            if let Ok(head) = <[u8; HEAD]>::try_from(self.head.as_slice()) {
                self.head.clear();
                self.left = length_of(head);
            }
        }
    }
}
