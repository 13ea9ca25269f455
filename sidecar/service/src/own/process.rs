use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The kernel counts processor time in these for whoever asks, whatever it uses itself (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;
const SPAN: Duration = Duration::from_secs(10);

/// Processor time of this process over the last 10 s, from `/proc`; nothing where there is none.
#[derive(Debug, Default)]
pub(super) struct Process {
    /// Ticks used up to an instant, oldest first.
    samples: VecDeque<(Instant, u64)>,
}

impl Process {
    pub fn sample(&mut self, at: Instant) {
        if let Some(ticks) = std::fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(ticks_of) {
            self.add(at, ticks);
        }
    }

    fn add(&mut self, at: Instant, ticks: u64) {
        self.samples.push_back((at, ticks));
        // One sample from before the span stays: the span begins there.
        while self.samples.get(1).is_some_and(|(second, _)| at.duration_since(*second) >= SPAN) {
            self.samples.pop_front();
        }
    }

    /// Of one core; more than 1 where several are busy.
    pub fn cpu_share(&self) -> Option<f64> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        // Ten seconds' ticks are few.
        #[allow(clippy::cast_precision_loss)]
        let ticks = last.1.saturating_sub(first.1) as f64;
        (seconds > 0.0).then(|| ticks / TICKS_PER_SECOND / seconds)
    }
}

/// `utime` + `stime`, the 14th and 15th field; the second one is a name that may hold anything.
fn ticks_of(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// Resident memory.
pub(super) fn memory_bytes() -> Option<f64> {
    resident_of(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_of(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_memory_are_where_the_kernel_writes_them() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 900 0 3 0 125 17 0 0 20 0 9 0 100 1 2";
        assert_eq!(ticks_of(stat), Some(142));
        assert_eq!(ticks_of("42 (short) S 1"), None);
        assert_eq!(resident_of("VmPeak:\t  99 kB\nVmRSS:\t    2048 kB\n"), Some(2_097_152.0));
        assert_eq!(resident_of("VmPeak:\t 1 kB"), None);
    }

    #[test]
    fn the_share_is_of_the_last_ten_seconds() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut process = Process::default();
        process.add(began, 1_000);
        assert_eq!(process.cpu_share(), None);
        process.add(after(5), 1_250);
        assert_eq!(process.cpu_share(), Some(0.5));
        // Idle from then on: the busy seconds leave the span.
        process.add(after(10), 1_250);
        assert_eq!(process.cpu_share(), Some(0.25));
        process.add(after(15), 1_250);
        assert_eq!(process.cpu_share(), Some(0.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_uses_a_core_while_it_counts() {
        assert!(memory_bytes().is_some_and(|bytes| bytes > 100_000.0));
        let mut process = Process::default();
        process.sample(Instant::now());
        let until = Instant::now() + Duration::from_millis(300);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        process.sample(Instant::now());
        assert!(process.cpu_share().is_some_and(|share| share > 0.05), "{process:?}");
    }
}
