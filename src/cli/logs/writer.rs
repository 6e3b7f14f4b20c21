//! Lines of the log, on their way to standard error by a thread of their own: no call waits for whoever reads the log, as where a pipe is
//! full or a terminal is stopped.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Bytes of lines that wait to be written, at most: some ten thousand lines. The rest is left out.
const WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long the end of the program waits for lines to be written.
const END_PATIENCE: Duration = Duration::from_secs(1);

/// How often it looks whether they are.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The way to the thread that writes.
#[derive(Clone)]
pub(super) struct Lines {
    way: Sender<Vec<u8>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    waiting_bytes: AtomicUsize,
    left_out: AtomicU64,
}

impl Lines {
    /// Starts the thread that writes to standard error.
    ///
    /// # Errors
    /// There is no standard error, or no thread.
    pub(super) fn to_stderr() -> io::Result<Self> {
        // A file of its own: whoever else writes to standard error does not wait for a line that nobody takes.
        Self::to(File::from(io::stderr().as_fd().try_clone_to_owned()?))
    }

    fn to(target: impl Write + Send + 'static) -> io::Result<Self> {
        let (way, lines) = channel();
        let counts = Arc::<Counts>::default();
        let counted = Arc::clone(&counts);
        thread::Builder::new().name("log".into()).spawn(move || write_all(&lines, target, &counted))?;
        Ok(Self { way, counts })
    }

    /// Returns how many lines were left out because nobody took them, since this was asked last.
    pub(super) fn left_out(&self) -> u64 {
        self.counts.left_out.swap(0, Ordering::Relaxed)
    }

    /// Waits until every line is written, but not long.
    pub(super) fn finish(&self) {
        let mut left = END_PATIENCE;
        while self.counts.waiting_bytes.load(Ordering::Acquire) > 0 && !left.is_zero() {
            thread::sleep(LOOK_EVERY);
            left = left.saturating_sub(LOOK_EVERY);
        }
    }
}

/// Writes lines for as long as any come. One that cannot be written is lost, as where the disk is full; the next is tried.
fn write_all(lines: &Receiver<Vec<u8>>, mut target: impl Write, counts: &Counts) {
    for line in lines {
        let _lost = target.write_all(&line);
        counts.waiting_bytes.fetch_sub(line.len(), Ordering::AcqRel);
    }
}

impl Write for Lines {
    /// Takes a whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let counts = &self.counts;
        let waiting = counts.waiting_bytes.fetch_add(line.len(), Ordering::AcqRel);
        if waiting + line.len() > WAITING_BYTES_MAX || self.way.send(line.into()).is_err() {
            counts.waiting_bytes.fetch_sub(line.len(), Ordering::AcqRel);
            counts.left_out.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{SyncSender, sync_channel};

    use super::*;

    /// A pipe that holds so many lines.
    struct Pipe(SyncSender<Vec<u8>>);

    impl Write for Pipe {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.send(line.into()).map_err(io::Error::other)?;
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_nobody_takes_are_left_out_and_counted_and_hold_nobody_up() {
        let (pipe, reader) = sync_channel(1);
        let mut lines = Lines::to(Pipe(pipe)).unwrap();
        let line = vec![b'x'; WAITING_BYTES_MAX / 8];
        for _ in 0..20 {
            lines.write_all(&line).unwrap();
        }
        let left_out = lines.left_out();
        // One is in the pipe, one may be on its way, and eight wait.
        assert!((10..=12).contains(&left_out), "{left_out}");
        assert_eq!(lines.left_out(), 0, "told once");
        // The end of the program does not wait for ever.
        lines.finish();
        let taken = 20 - left_out;
        assert_eq!(reader.iter().take(usize::try_from(taken).unwrap()).count(), usize::try_from(taken).unwrap());
        lines.finish();
        assert_eq!(lines.counts.waiting_bytes.load(Ordering::Acquire), 0);
        lines.write_all(b"there is room again\n").unwrap();
        assert_eq!(reader.recv().unwrap(), b"there is room again\n");
        assert_eq!(lines.left_out(), 0);
    }
}
