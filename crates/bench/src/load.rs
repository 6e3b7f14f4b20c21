//! Load on a server: as much as it takes, as much as a schedule says, or one call after the other.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;

use super::wire::{self, Receiver, Sender};
use super::zipf::SplitMix64;
use goodturn::ledger::clock::Stopwatch;

/// Number of calls that a connection may have open: the server's limit (`grpc::server::CONNECTION_CALLS_MAX`).
const OPEN_MAX: u64 = 256;

/// How long a sender that waits for room sleeps before it looks again.
const GLANCE: Duration = Duration::from_micros(50);

/// A function that writes the next request of a connection.
pub(crate) type Requests = Box<dyn FnMut(&mut Vec<u8>) + Send>;

/// The address and method of calls.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// The method, as `/package.Service/Method`.
    pub(crate) path: &'static str,
}

/// The name of the caller.
const PRINCIPAL: &str = "forum";

/// The result of a round of calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    /// Number of calls sent. All of them were answered.
    pub(crate) calls: u64,
    /// Time from the first call to the last answer.
    pub(crate) took: Duration,
}

/// Keeps so many calls open on each connection for a while, then waits for the open ones. Each connection has one list
/// of requests.
///
/// # Errors
/// A call is refused, or the server is lost.
pub(crate) fn saturate(
    target: Target,
    streams: u32,
    length: Duration,
    requests: Vec<Requests>,
) -> anyhow::Result<Counted> {
    let mut connections = Vec::new();
    for requests in requests {
        connections.push((wire::connect(target.address, target.path, PRINCIPAL)?, requests));
    }
    let clock = Stopwatch::start();
    let sent = on_threads(connections, |((mut sender, mut receiver), mut requests)| {
        let mut message = Vec::new();
        let (mut sent, mut answered) = (0_u64, 0_u64);
        loop {
            while clock.elapsed() < length && sent - answered < u64::from(streams) {
                requests(&mut message);
                while !sender.has_room(&message) {
                    sender.flush()?;
                    receiver.receive(|_| answered += 1)?;
                }
                sender.queue(&message);
                sent += 1;
            }
            sender.flush()?;
            if answered == sent {
                return Ok(sent);
            }
            receiver.receive(|_| answered += 1)?;
        }
    })?;
    Ok(Counted { calls: sent.iter().sum(), took: clock.elapsed() })
}

/// Makes one call after the other for a while, and returns how long each took.
///
/// # Errors
/// A call is refused, or the server is lost.
pub(crate) fn alone(target: Target, length: Duration, mut requests: Requests) -> anyhow::Result<Vec<Duration>> {
    let (mut sender, mut receiver) = wire::connect(target.address, target.path, PRINCIPAL)?;
    let clock = Stopwatch::start();
    let mut times = Vec::new();
    let mut message = Vec::new();
    while clock.elapsed() < length {
        requests(&mut message);
        let call = Stopwatch::start();
        sender.queue(&message);
        sender.flush()?;
        let mut answered = false;
        while !answered {
            receiver.receive(|_| answered = true)?;
        }
        times.push(call.elapsed());
    }
    Ok(times)
}

/// Returns the times of calls, from the start of a round: a Poisson process, as pgbench's `--rate`.
pub(crate) fn schedule(mean_pause: Duration, length: Duration, seed: u64) -> Vec<Duration> {
    let mut random = SplitMix64::new(seed);
    let mut at = Duration::ZERO;
    let mut times = Vec::new();
    while at < length {
        times.push(at);
        at += mean_pause.mul_f64(random.pause());
    }
    times
}

/// Makes calls on a schedule, whether or not the server keeps up, and returns how long each took. The time counts from
/// the scheduled start, so that a server that stalls cannot hide it by slowing its callers down.
///
/// # Errors
/// A call is refused, or the server is lost.
pub(crate) fn on_schedule(
    target: Target,
    schedule: &[Duration],
    requests: Vec<Requests>,
) -> anyhow::Result<Vec<Duration>> {
    let count = requests.len();
    let mut senders = Vec::new();
    let mut receivers = Vec::new();
    for (place, requests) in requests.into_iter().enumerate() {
        let (sender, receiver) = wire::connect(target.address, target.path, PRINCIPAL)?;
        senders.push((sender, requests));
        // Calls go round the connections: call i of the schedule is call i / count of connection i % count.
        let times: Vec<Duration> = schedule.iter().copied().skip(place).step_by(count).collect();
        receivers.push((receiver, times));
    }
    let answered: Vec<AtomicU64> = receivers.iter().map(|_| AtomicU64::new(0)).collect();
    let clock = Stopwatch::start();
    thread::scope(|scope| {
        let waiting: Vec<_> = receivers
            .into_iter()
            .zip(&answered)
            .map(|((receiver, times), answered)| scope.spawn(move || take_all(receiver, &times, answered, clock)))
            .collect();
        let sent = send_all(senders, schedule, &answered, clock);
        let mut taken = Vec::with_capacity(schedule.len());
        for waiting in waiting {
            taken.extend(waiting.join().map_err(|_| anyhow!("a connection was lost"))??);
        }
        sent.map(|()| taken)
    })
}

fn send_all(
    mut senders: Vec<(Sender, Requests)>,
    schedule: &[Duration],
    answered: &[AtomicU64],
    clock: Stopwatch,
) -> anyhow::Result<()> {
    let count = senders.len();
    let mut message = Vec::new();
    let mut sent = vec![0_u64; count];
    for (place, at) in (0..count).cycle().zip(schedule) {
        if let Some(early) = at.checked_sub(clock.elapsed()) {
            thread::sleep(early);
        }
        let (sender, requests) = &mut senders[place];
        requests(&mut message);
        while sent[place] - answered[place].load(Ordering::Relaxed) >= OPEN_MAX || !sender.has_room(&message) {
            thread::sleep(GLANCE);
            anyhow::ensure!(answered[place].load(Ordering::Relaxed) < LOST, "a connection was lost");
        }
        sender.queue(&message);
        sender.flush()?;
        sent[place] += 1;
    }
    Ok(())
}

/// The number of answers counted for a lost connection, so that its sender does not wait for them.
const LOST: u64 = u64::MAX / 2;

fn take_all(
    mut receiver: Receiver,
    times: &[Duration],
    answered: &AtomicU64,
    clock: Stopwatch,
) -> anyhow::Result<Vec<Duration>> {
    let mut taken = Vec::with_capacity(times.len());
    while taken.len() < times.len() {
        let received = receiver.receive(|call| {
            let due = usize::try_from(call).ok().and_then(|call| times.get(call)).copied().unwrap_or_default();
            taken.push(clock.elapsed().saturating_sub(due));
            answered.fetch_add(1, Ordering::Relaxed);
        });
        if received.is_err() {
            answered.store(LOST, Ordering::Relaxed);
        }
        received?;
    }
    Ok(taken)
}

fn on_threads<T: Send, R: Send>(parts: Vec<T>, work: impl Fn(T) -> anyhow::Result<R> + Sync) -> anyhow::Result<Vec<R>> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a connection was lost"))?).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_keeps_its_rate() {
        let times = schedule(Duration::from_micros(100), Duration::from_secs(5), 3);
        assert!(times.is_sorted());
        assert!(times.len().abs_diff(50_000) < 1_000, "{}", times.len());
        assert_eq!(times, schedule(Duration::from_micros(100), Duration::from_secs(5), 3));
    }
}
