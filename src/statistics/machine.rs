//! Counters of this machine and its processes, from `/proc` (proc(5)); Linux only.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use procfs::process::{Process, all_processes};
use procfs::{Current as _, CurrentSI as _, KernelStats, Meminfo, ProcResult};

use super::usage::Usage;
use crate::event::snapshot::{Core, Disk, Interface, Machine, Memory, Top};

/// So many processes are reported: those that used most CPU.
const TOP: usize = 10;

/// Bytes of a sector in `/proc/diskstats`, whatever the disk has.
const SECTOR: u64 = 512;

/// Counters of the machine since it was booted.
#[derive(Debug)]
pub struct Reading {
    at: Instant,
    cores: Vec<CpuTimes>,
    memory: Memory,
    interfaces: BTreeMap<String, (u64, u64)>,
    disks: BTreeMap<String, (u64, u64, Duration)>,
    processes: BTreeMap<i32, (String, Usage)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct CpuTimes {
    user: Duration,
    system: Duration,
    wait: Duration,
    idle: Duration,
    steal: Duration,
}

impl Reading {
    /// Reads all counters; takes some milliseconds.
    ///
    /// # Errors
    /// When `/proc` cannot be read, or is not Linux's.
    pub fn take() -> Result<Self, String> {
        Self::read().map_err(|error| format!("/proc cannot be read: {error}"))
    }

    fn read() -> ProcResult<Self> {
        let kernel = KernelStats::current()?;
        let cores = kernel.cpu_time.iter().map(|it| CpuTimes {
            user: it.user_duration() + it.nice_duration(),
            system: it.system_duration()
                + it.irq_duration().unwrap_or_default()
                + it.softirq_duration().unwrap_or_default(),
            wait: it.iowait_duration().unwrap_or_default(),
            idle: it.idle_duration(),
            steal: it.steal_duration().unwrap_or_default(),
        });
        let cores = cores.collect();
        let memory = Meminfo::current()?;
        let interfaces = procfs::net::dev_status()?.into_values();
        let interfaces = interfaces.map(|it| (it.name, (it.recv_bytes, it.sent_bytes)));
        let disks = procfs::diskstats()?.into_iter().filter(|disk| is_whole(&disk.name));
        let disks = disks.map(|it| {
            let busy = Duration::from_millis(it.time_in_progress);
            (it.name, (it.sectors_read * SECTOR, it.sectors_written * SECTOR, busy))
        });
        // A process may end while it is looked at.
        let processes = all_processes()?.filter_map(|process| {
            let process = process.ok()?;
            let (name, usage) = of_process(&process).ok()?;
            Some((process.pid, (name, usage)))
        });
        Ok(Self {
            at: Instant::now(),
            cores,
            memory: Memory {
                total: memory.mem_total,
                free: memory.mem_free,
                available: memory.mem_available.unwrap_or(memory.mem_free),
                cached: memory.cached,
                buffers: memory.buffers,
                active: memory.active,
                inactive: memory.inactive,
                swap_total: memory.swap_total,
                swap_free: memory.swap_free,
            },
            interfaces: interfaces.collect(),
            disks: disks.collect(),
            processes: processes.collect(),
        })
    }

    /// How much later than another reading it was taken.
    pub fn time_since(&self, before: &Self) -> Duration {
        self.at.duration_since(before.at)
    }

    /// What the machine used since an earlier reading.
    pub fn since(&self, before: &Self) -> Machine {
        let time = self.time_since(before);
        let seconds = time.as_secs_f64().max(0.001);
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        let cores = self.cores.iter().zip(&before.cores).map(|(now, then)| now.since(then));
        let interfaces = self.interfaces.iter().filter_map(|(name, now)| {
            let then = before.interfaces.get(name)?;
            let (received, sent) = (rate(now.0, then.0), rate(now.1, then.1));
            Some((name.clone(), Interface { received, sent }))
        });
        let disks = self.disks.iter().filter_map(|(name, now)| {
            let then = before.disks.get(name)?;
            let busy = now.2.saturating_sub(then.2).as_secs_f64() / seconds * 100.0;
            let (read, written) = (rate(now.0, then.0), rate(now.1, then.1));
            Some((name.clone(), Disk { read, written, busy_percent: busy.min(100.0) }))
        });
        let processes = self.processes.iter().filter_map(|(pid, (command, now))| {
            let (_, then) = before.processes.get(pid).filter(|(name, _)| name == command)?;
            Some(Top { pid: *pid, command: command.clone(), used: now.since(then, time) })
        });
        let mut top: Vec<_> = processes.filter(|top| top.cpu() > 0.0).collect();
        top.sort_by(|left, right| right.cpu().total_cmp(&left.cpu()));
        top.truncate(TOP);
        Machine {
            cores: cores.collect(),
            memory: self.memory,
            interfaces: interfaces.collect(),
            disks: disks.collect(),
            top,
        }
    }
}

/// What a process of this machine has used.
///
/// # Errors
/// When there is no such process.
pub fn of_pid(pid: i32) -> Result<Usage, String> {
    let usage = Process::new(pid).and_then(|process| of_process(&process));
    usage.map(|(_, usage)| usage).map_err(|error| error.to_string())
}

fn of_process(process: &Process) -> ProcResult<(String, Usage)> {
    let stat = process.stat()?;
    let ticks = procfs::ticks_per_second();
    let time = |spent: u64| Duration::from_millis(spent * 1000 / ticks);
    // Only the process's own user may know, and a container may hide it.
    let disk = process.io().ok().map(|io| (io.read_bytes, io.write_bytes));
    let usage = Usage {
        user: time(stat.utime),
        system: time(stat.stime),
        memory: stat.rss * procfs::page_size(),
        disk,
        network: None,
    };
    Ok((stat.comm, usage))
}

/// A disk and not a part of one, and not one that is made of others or of memory.
fn is_whole(name: &str) -> bool {
    let made = ["loop", "ram", "dm-", "md", "zram"].iter().any(|kind| name.starts_with(kind));
    let ends_in_digit = name.ends_with(|letter: char| letter.is_ascii_digit());
    let part = match name.strip_prefix("nvme").or(name.strip_prefix("mmcblk")) {
        Some(rest) => rest.contains('p'),
        None => ends_in_digit,
    };
    !made && !part
}

impl CpuTimes {
    fn since(&self, before: &Self) -> Core {
        let spent = |of: fn(&Self) -> Duration| of(self).saturating_sub(of(before)).as_secs_f64();
        let (user, system) = (spent(|it| it.user), spent(|it| it.system));
        let (wait, idle, steal) = (spent(|it| it.wait), spent(|it| it.idle), spent(|it| it.steal));
        let all = (user + system + wait + idle + steal).max(0.001) / 100.0;
        Core { user: user / all, system: system / all, wait: wait / all, steal: steal / all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_disks_and_disks_of_memory_are_left_out() {
        for whole in ["sda", "vda", "nvme0n1", "mmcblk0", "xvdb"] {
            assert!(is_whole(whole), "{whole}");
        }
        for part in ["sda1", "vda15", "nvme0n1p2", "mmcblk0p1", "loop3", "ram0", "dm-0", "md127"] {
            assert!(!is_whole(part), "{part}");
        }
    }

    #[test]
    fn this_process_is_seen_at_work() {
        let before = Reading::take().expect("Linux");
        let usage = of_pid(i32::try_from(std::process::id()).expect("a pid")).expect("this one");
        assert!(usage.memory > 1_000_000, "{usage:?}");
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        let machine = Reading::take().expect("Linux").since(&before);
        assert!(!machine.cores.is_empty() && machine.memory.total > machine.memory.free);
        for core in &machine.cores {
            assert!((0.0..=100.1).contains(&(core.user + core.system)), "{core:?}");
        }
    }
}
