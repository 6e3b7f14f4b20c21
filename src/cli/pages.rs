//! Lists that a server gives page by page.

use anyhow::ensure;

/// The way through the pages of a list: it ends, whatever the server answers.
///
/// A server that gives the tokens of pages in a circle is found out by Brent's method: each token is compared with one
/// before it, which is replaced after 1, 2, 4, 8, … pages. Only two tokens are kept.
#[derive(Debug, Default)]
pub(super) struct Pages {
    token: String,
    before: String,
    since: u64,
    until: u64,
}

impl Pages {
    /// Reads a list to its end. `read` asks for the page of a token, and returns its rows with the token of the next page.
    ///
    /// # Errors
    /// A page cannot be read, or the server gives pages that it gave before.
    pub(super) async fn all<Row>(
        mut read: impl AsyncFnMut(String) -> anyhow::Result<(Vec<Row>, String)>,
    ) -> anyhow::Result<Vec<Row>> {
        let (mut all, mut pages) = (Vec::new(), Self::default());
        loop {
            let (rows, next) = read(pages.token()).await?;
            all.extend(rows);
            if !pages.go_on(next)? {
                return Ok(all);
            }
        }
    }

    /// Returns the token of the page to ask for.
    pub(super) fn token(&self) -> String {
        self.token.clone()
    }

    /// Takes the token of the next page, and returns false after the last one.
    ///
    /// # Errors
    /// The server gives pages that it gave before.
    pub(super) fn go_on(&mut self, next: String) -> anyhow::Result<bool> {
        if next.is_empty() {
            return Ok(false);
        }
        ensure!(next != self.before, "the server gives the same pages again; the list cannot be read to its end");
        if self.since == self.until {
            self.before.clone_from(&next);
            self.until = self.until.saturating_mul(2).max(1);
            self.since = 0;
        }
        self.since += 1;
        self.token = next;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows a server that begins with some pages, and then gives a circle of others for ever. Returns the pages read.
    fn followed(lead: usize, circle: usize) -> usize {
        let mut pages = Pages::default();
        for read in 0.. {
            let at = if read < lead { read } else { lead + (read - lead) % circle };
            if pages.go_on(format!("page {at}")).is_err() {
                return read;
            }
        }
        unreachable!("the loop has no other end")
    }

    #[test]
    fn a_circle_of_pages_ends_however_long_it_is() {
        for (lead, circle) in [(0, 1), (1, 1), (5, 1), (0, 2), (3, 7), (100, 30), (0, 1_000)] {
            let read = followed(lead, circle);
            assert!(read <= 3 * (lead + circle) + 3, "{lead} and {circle}: {read}");
        }
    }

    #[test]
    fn a_list_of_pages_that_differ_is_read_to_its_end() {
        let mut pages = Pages::default();
        for page in 1..10_000 {
            assert!(pages.go_on(page.to_string()).expect("it differs"));
            assert_eq!(pages.token(), page.to_string());
        }
        assert!(!pages.go_on(String::new()).expect("the last"));
    }
}
