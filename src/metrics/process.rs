//! The process, as the kernel tells of it, under the names that all exporters of Prometheus use. Where there is no `/proc`, nothing is
//! told.

use std::fmt;
use std::fs;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Milliseconds of a tick of the kernel's accounts of time. They are the same on all that Linux runs on.
const TICK_MS: u64 = 10;

/// The process's own times.
const OWN_TIMES: &str = "/proc/self/stat";

/// Reads the kernel's accounts when it is asked.
#[derive(Debug)]
pub(super) struct Process {
    /// Time at which the process was started, since 1970. The kernel counts from a start of the machine that moves with its clock, so it is read
    /// once.
    started_at: Option<Duration>,
}

impl Process {
    pub(super) fn now() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let booted_at = number(&read("/proc/stat"), "btime ").map(Duration::from_secs);
        let started_after = times(&read(OWN_TIMES)).map(|(_, started_after)| started_after);
        Self { started_at: booted_at.zip(started_after).map(|(booted_at, after)| booted_at + after) }
    }
}

/// What the kernel tells.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    resident_bytes: Option<u64>,
    cpu: Option<Duration>,
    open_fds: Option<u64>,
    max_fds: Option<u64>,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let told = Told::now();
        if let Some(cpu) = told.cpu {
            let cpu = ConstCounter::new(cpu.as_secs_f64());
            let help = "Time of processors that the process took, in seconds";
            cpu.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?)?;
        }
        if let Some(started_at) = self.started_at {
            let started_at = ConstGauge::new(started_at.as_secs_f64());
            let help = "Time at which the process was started, in seconds since 1970";
            started_at.encode(encoder.encode_descriptor(
                "process_start_time_seconds",
                help,
                None,
                MetricType::Gauge,
            )?)?;
        }
        let gauges = [
            ("process_resident_memory_bytes", "Memory that is resident, in bytes", told.resident_bytes),
            ("process_open_fds", "Descriptors that are open", told.open_fds),
            ("process_max_fds", "Descriptors that may be open", told.max_fds),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value.and_then(|value| i64::try_from(value).ok()) {
                ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
            }
        }
        Ok(())
    }
}

impl Told {
    fn now() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self {
            resident_bytes: number(&read("/proc/self/status"), "VmRSS:").map(|kib| kib * 1_024),
            cpu: times(&read(OWN_TIMES)).map(|(cpu, _)| cpu),
            open_fds: fs::read_dir("/proc/self/fd").ok().and_then(|open| u64::try_from(open.count()).ok()),
            max_fds: number(&read("/proc/self/limits"), "Max open files"),
        }
    }
}

/// Returns the first number after a word at the beginning of a line.
fn number(text: &str, word: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns the time of processors that a process took, and the time after the machine's start at which it was started: fields 14,
/// 15 and 22 of `/proc/PID/stat` (proc(5)). The second field is a name, which may hold spaces.
fn times(stat: &str) -> Option<(Duration, Duration)> {
    let after_name = stat.rsplit_once(')')?.1;
    let ticks = |field: usize| -> Option<Duration> {
        let ticks: u64 = after_name.split_whitespace().nth(field - 3)?.parse().ok()?;
        Some(Duration::from_millis(ticks.checked_mul(TICK_MS)?))
    };
    Some((ticks(14)? + ticks(15)?, ticks(22)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_of_the_kernel_are_read() {
        let stat = "42 (a (name) 9) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 1200 7 8";
        assert_eq!(times(stat), Some((Duration::from_secs(3), Duration::from_secs(12))));
        let after_500_days = "42 (a) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 4320000000 7 8";
        assert_eq!(times(after_500_days), Some((Duration::from_secs(3), Duration::from_hours(12_000))));
        assert_eq!(number("Name: x\nVmRSS:\t  2048 kB\n", "VmRSS:"), Some(2_048));
        assert_eq!(
            number("Max open files            1024                 4096       files\n", "Max open files"),
            Some(1_024)
        );
        let now = Told::now();
        assert!(now.resident_bytes.is_some_and(|bytes| bytes > 1_000_000), "{now:?}");
        assert!(now.open_fds > Some(2) && now.max_fds >= now.open_fds, "{now:?}");
        assert!(Process::now().started_at.is_some());
    }
}
