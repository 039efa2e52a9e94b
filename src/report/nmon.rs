//! `statistics/<feature>-<line>.nmon`: the statistics of a scenario as nmon writes them, so that tools for nmon read
//! them. It is CSV: a section for each subject, its first line a heading, then a line for each snapshot.
//!
//! Beside nmon's own sections (`CPU001`…, `CPU_ALL`, `MEM`, `NET`, `DISKREAD`, `DISKWRITE`, `DISKBUSY`, `TOP`)
//! there is one for each of CPU, memory, disk and network of the nodes and of trial: `NODECPU`, `NODEMEM`,
//! `NODEDISKREAD`, `NODEDISKWRITE`, `NODENETREAD`, `NODENETWRITE`. An empty cell is not known.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::error::UserError;
use crate::event::scenario::ScenarioId;
use crate::event::snapshot::{Core, Snapshot, Top, Used};
use crate::event::{Event, Stamped};

/// The files of a run, each made with the first snapshot of its scenario.
#[derive(Debug)]
pub struct NmonFiles {
    folder: PathBuf,
    files: BTreeMap<ScenarioId, Nmon>,
}

#[derive(Debug)]
struct Nmon {
    file: File,
    columns: Columns,
    /// Snapshots written, also those of repetitions of the scenario.
    count: u32,
}

/// What the headings name; what comes later is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Columns {
    interfaces: Vec<String>,
    disks: Vec<String>,
    /// Nodes by their names, then trial.
    nodes: Vec<String>,
}

impl NmonFiles {
    /// Files in `statistics/` below `out`.
    pub fn new(out: &Path) -> Self {
        Self { folder: out.join("statistics"), files: BTreeMap::new() }
    }

    /// Appends a snapshot to its scenario's file; other events do nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, event: &Stamped) -> Result<(), UserError> {
        let Event::Statistics { scenario, snapshot } = &event.event else { return Ok(()) };
        self.append(scenario, snapshot, event.at).map_err(|error| {
            let what = format!("statistics could not be written to {}", self.folder.display());
            UserError::environment(what, "free disk space and run again").because(error)
        })
    }

    fn append(
        &mut self,
        scenario: &ScenarioId,
        snapshot: &Snapshot,
        at: jiff::Timestamp,
    ) -> std::io::Result<()> {
        let nmon = match self.files.get_mut(scenario) {
            Some(nmon) => nmon,
            None => {
                let nmon = Nmon::create(&self.folder, scenario, snapshot, at)?;
                self.files.entry(scenario.clone()).or_insert(nmon)
            }
        };
        nmon.count += 1;
        nmon.file.write_all(lines(snapshot, &nmon.columns, nmon.count, at).as_bytes())
    }
}

impl Nmon {
    fn create(
        folder: &Path,
        scenario: &ScenarioId,
        first: &Snapshot,
        at: jiff::Timestamp,
    ) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        let stem = scenario.file.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}-{}.nmon", scenario.line);
        let columns = Columns {
            interfaces: first.machine.interfaces.keys().cloned().collect(),
            disks: first.machine.disks.keys().cloned().collect(),
            nodes: first.nodes.keys().map(ToString::to_string).chain(["trial".into()]).collect(),
        };
        let mut file = File::create(folder.join(name))?;
        file.write_all(heading(scenario, first, &columns, at).as_bytes())?;
        Ok(Self { file, columns, count: 0 })
    }
}

/// The lines before the first snapshot.
fn heading(
    scenario: &ScenarioId,
    first: &Snapshot,
    columns: &Columns,
    at: jiff::Timestamp,
) -> String {
    let at = at.to_zoned(TimeZone::system());
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    let host = host.unwrap_or_else(|| "unknown".into());
    let (seconds, cores) = (first.interval_ms as f64 / 1000.0, first.machine.cores.len());
    let mut lines = vec![
        "AAA,progname,trial".into(),
        format!("AAA,command,{}", scenario.name.replace(',', " ")),
        format!("AAA,version,{}", env!("CARGO_PKG_VERSION")),
        format!("AAA,host,{host}"),
        format!("AAA,interval,{seconds:.0}"),
        format!("AAA,time,{}", at.strftime("%H:%M:%S")),
        format!("AAA,date,{}", day(&at)),
        format!("AAA,cpus,{cores}"),
        "AAA,OS,Linux".into(),
    ];
    for core in 1..=cores {
        lines.push(format!("CPU{core:03},CPU {core} {host},User%,Sys%,Wait%,Idle%,Steal%"));
    }
    lines.push(format!("CPU_ALL,CPU Total {host},User%,Sys%,Wait%,Idle%,Steal%,Busy,CPUs"));
    lines.push(format!(
        "MEM,Memory MB {host},memtotal,hightotal,lowtotal,swaptotal,memfree,highfree,lowfree,swapfree,\
         memshared,cached,active,bigfree,buffers,swapcached,inactive"
    ));
    let ends = |ending: &str| {
        let named = columns.interfaces.iter().map(|name| format!(",{name}-{ending}"));
        named.collect::<String>()
    };
    lines.push(format!("NET,Network I/O {host}{}{}", ends("read-KB/s"), ends("write-KB/s")));
    let disks: String = columns.disks.iter().map(|disk| format!(",{disk}")).collect();
    lines.push(format!("DISKBUSY,Disk %Busy {host}{disks}"));
    lines.push(format!("DISKREAD,Disk Read KB/s {host}{disks}"));
    lines.push(format!("DISKWRITE,Disk Write KB/s {host}{disks}"));
    let nodes: String = columns.nodes.iter().map(|node| format!(",{node}")).collect();
    for (section, subject) in [
        ("NODECPU", "CPU % of one core"),
        ("NODEMEM", "Memory MB"),
        ("NODEDISKREAD", "Disk Read KB/s"),
        ("NODEDISKWRITE", "Disk Write KB/s"),
        ("NODENETREAD", "Network Read KB/s"),
        ("NODENETWRITE", "Network Write KB/s"),
    ] {
        lines.push(format!("{section},{subject} {host}{nodes}"));
    }
    lines.push("TOP,%CPU Processes".into());
    lines.push(
        "TOP,+PID,Time,%CPU,%Usr,%Sys,Size,ResSet,ResText,ResData,ShdLib,MinorFault,MajorFault,Command"
            .into(),
    );
    lines.join("\n") + "\n"
}

/// The lines of a snapshot; the first has its time.
fn lines(snapshot: &Snapshot, columns: &Columns, number: u32, at: jiff::Timestamp) -> String {
    let at = at.to_zoned(TimeZone::system());
    let mark = format!("T{number:04}");
    let machine = &snapshot.machine;
    let mut lines = vec![format!("ZZZZ,{mark},{},{}", at.strftime("%H:%M:%S"), day(&at))];
    for (core, times) in (1..).zip(&machine.cores) {
        lines.push(format!("CPU{core:03},{mark},{}", cpu(times)));
    }
    let all = mean(&machine.cores);
    lines.push(format!("CPU_ALL,{mark},{},,{}", cpu(&all), machine.cores.len()));
    let mb = |bytes: u64| format!("{:.1}", bytes as f64 / 1_048_576.0);
    let memory = &machine.memory;
    lines.push(format!(
        "MEM,{mark},{},-0.0,-0.0,{},{},-0.0,-0.0,{},-0.0,{},{},-1.0,{},0.0,{}",
        mb(memory.total),
        mb(memory.swap_total),
        mb(memory.free),
        mb(memory.swap_free),
        mb(memory.cached),
        mb(memory.active),
        mb(memory.buffers),
        mb(memory.inactive)
    ));
    let interfaces = |of: fn(&str, &Snapshot) -> Option<f64>| {
        cells(columns.interfaces.iter().map(|name| kb(of(name, snapshot))))
    };
    lines.push(format!(
        "NET,{mark}{}{}",
        interfaces(|name, it| it.machine.interfaces.get(name).map(|it| it.received)),
        interfaces(|name, it| it.machine.interfaces.get(name).map(|it| it.sent))
    ));
    let disks = |of: fn(&crate::event::snapshot::Disk) -> f64, unit: f64| {
        let found = columns.disks.iter().map(|name| machine.disks.get(name).map(of));
        cells(found.map(|value| value.map_or_else(String::new, |it| format!("{:.1}", it / unit))))
    };
    lines.push(format!("DISKBUSY,{mark}{}", disks(|disk| disk.busy_percent, 1.0)));
    lines.push(format!("DISKREAD,{mark}{}", disks(|disk| disk.read, 1024.0)));
    lines.push(format!("DISKWRITE,{mark}{}", disks(|disk| disk.written, 1024.0)));
    let nodes = |of: fn(&Used) -> String| {
        let found = columns.nodes.iter().map(|name| {
            let node = snapshot.nodes.iter().find(|(node, _)| node.to_string() == *name);
            let used = node.map(|(_, used)| used);
            used.or((name == "trial").then_some(&snapshot.runner)).map_or_else(String::new, of)
        });
        cells(found)
    };
    let cpu = nodes(|it| format!("{:.1}", it.user_percent + it.system_percent));
    lines.push(format!("NODECPU,{mark}{cpu}"));
    let memory = nodes(|it| format!("{:.1}", it.memory as f64 / 1_048_576.0));
    lines.push(format!("NODEMEM,{mark}{memory}"));
    lines.push(format!("NODEDISKREAD,{mark}{}", nodes(|it| kb(it.disk_read))));
    lines.push(format!("NODEDISKWRITE,{mark}{}", nodes(|it| kb(it.disk_written))));
    lines.push(format!("NODENETREAD,{mark}{}", nodes(|it| kb(it.received))));
    lines.push(format!("NODENETWRITE,{mark}{}", nodes(|it| kb(it.sent))));
    lines.extend(machine.top.iter().map(|top| process(top, &mark)));
    lines.join("\n") + "\n"
}

fn process(top: &Top, mark: &str) -> String {
    let Top { pid, command, used } = top;
    let (cpu, user, system) = (top.cpu(), used.user_percent, used.system_percent);
    let resident = used.memory / 1024;
    let command = command.replace(',', " ");
    format!("TOP,{pid:07},{mark},{cpu:.2},{user:.2},{system:.2},0,{resident},0,0,0,0,0,{command}")
}

fn cpu(core: &Core) -> String {
    let Core { user, system, wait, steal } = *core;
    let idle = (100.0 - user - system - wait - steal).max(0.0);
    format!("{user:.1},{system:.1},{wait:.1},{idle:.1},{steal:.1}")
}

fn mean(cores: &[Core]) -> Core {
    let number = cores.len().max(1) as f64;
    let mean = |of: fn(&Core) -> f64| cores.iter().map(of).sum::<f64>() / number;
    Core {
        user: mean(|core| core.user),
        system: mean(|core| core.system),
        wait: mean(|core| core.wait),
        steal: mean(|core| core.steal),
    }
}

/// Bytes a second in KB a second; empty where they are not known.
fn kb(bytes: Option<f64>) -> String {
    bytes.map_or_else(String::new, |bytes| format!("{:.1}", bytes / 1024.0))
}

fn cells(values: impl Iterator<Item = String>) -> String {
    values.map(|value| format!(",{value}")).collect()
}

/// `25-NOV-2026`.
fn day(at: &jiff::Zoned) -> String {
    at.strftime("%d-%b-%Y").to_string().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::id::BrokerId;
    use crate::event::snapshot::Machine;

    #[test]
    fn every_line_has_as_many_cells_as_its_heading() {
        let core = Core { user: 50.0, system: 20.0, wait: 5.0, steal: 0.0 };
        let used = Used { user_percent: 30.0, memory: 1_048_576, ..Used::default() };
        let top = Top { pid: 7, command: "java".into(), used };
        let machine = Machine {
            cores: vec![core, core],
            interfaces: [("lo".to_owned(), Default::default())].into(),
            disks: [("sda".to_owned(), Default::default())].into(),
            top: vec![top],
            ..Machine::default()
        };
        let nodes = [(BrokerId(1).into(), used)].into();
        let snapshot =
            Snapshot { number: 1, interval_ms: 1000, machine, nodes, runner: Used::default() };
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = NmonFiles::new(folder.path());
        let scenario = ScenarioId { file: "a/load.feature".into(), line: 3, name: "s".into() };
        for _ in 0..2 {
            let snapshot = Box::new(snapshot.clone());
            let event = Event::Statistics { scenario: scenario.clone(), snapshot };
            let stamped = Stamped { at: jiff::Timestamp::UNIX_EPOCH, event };
            files.write(&stamped).expect("written");
        }
        let written = fs::read_to_string(folder.path().join("statistics/load-3.nmon"));
        let written = written.expect("a file");
        let mut headings = BTreeMap::new();
        for line in written.lines().filter(|line| !line.starts_with("AAA,")) {
            let cells: Vec<_> = line.split(',').collect();
            if line.starts_with("ZZZZ,") || line == "TOP,%CPU Processes" {
                continue;
            }
            let expected = *headings.entry(cells[0].to_owned()).or_insert(cells.len());
            assert_eq!(cells.len(), expected, "{line}");
        }
        assert!(written.contains("\nCPU001,T0002,50.0,20.0,5.0,25.0,0.0\n"), "{written}");
        assert!(written.contains("\nNODECPU,T0001,30.0,0.0\n"), "{written}");
        assert!(written.contains("\nTOP,0000007,T0001,30.00,30.00,0.00,0,1024,"), "{written}");
    }
}
