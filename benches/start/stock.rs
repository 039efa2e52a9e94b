//! The stock way: the heap and the collector that `zookeeper-server-start.sh`, `kafka-server-start.sh` and
//! `kafka-run-class.sh` of Kafka 2.5.0 set, the settings of its `config/` but for what makes three nodes a
//! cluster, no archive of class data. One ZooKeeper after another, each when the one before answers, then
//! one broker after another, each when the one before is registered. GC logs and JMX, which the scripts
//! also turn on, are left out: they would only make it slower.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kafka_trial::cluster::probe;
use kafka_trial::cluster::quorum::zookeeper::words;
use kafka_trial::cluster::spec::ClusterSpec;
use kafka_trial::distribution::{self, Distribution};
use kafka_trial::error::UserError;
use kafka_trial::event::id::BrokerId;
use kafka_trial::event::stream::Events;
use kafka_trial::java::{self, Java};
use kafka_trial::owned::process::Process;
use kafka_trial::run::stage::Stage;
use kafka_trial::topology::{Access, Address};
use kafka_trial::wait::{Seen, until};
use tokio::process::Command;

use crate::failed::failed;

const LIMIT: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(50);
const NODES: usize = 3;
const JVM: &[&str] = &[
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
];
const LOG4J: &str = "\
log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
";

/// Starts it, stops it, and returns the time from the first process to the message read back.
pub async fn start(
    stage: &Stage,
    events: &Events,
    spec: &ClusterSpec,
) -> Result<Duration, UserError> {
    let java = java::find().await?;
    let kafka = distribution::fetch(spec.kafka(), stage.cache(), events).await?;
    let root = stage.run().path().join("stock");
    let mut stock = Stock { stage, java, kafka, root, processes: Vec::new() };
    let started = stock.bring_up().await;
    for process in &mut stock.processes {
        process.kill().await.map_err(|error| failed("kill a node", error))?;
    }
    let removed = tokio::fs::remove_dir_all(&stock.root).await;
    let started = started?;
    removed.map_err(|error| failed("remove the data of the stock cluster", error))?;
    Ok(started)
}

/// Its processes are recorded as the run's own: they die with it, and the next run sweeps what a killed
/// one has left.
#[derive(Debug)]
struct Stock<'a> {
    stage: &'a Stage,
    java: Java,
    kafka: Distribution,
    root: PathBuf,
    processes: Vec<Process>,
}

impl Stock<'_> {
    async fn bring_up(&mut self) -> Result<Duration, UserError> {
        let ports = free_ports(4 * NODES).map_err(|error| failed("find free ports", error))?;
        let (zookeepers, brokers) = ports.split_at(3 * NODES);
        let zookeepers: Vec<_> = zookeepers.chunks(3).collect();
        let listeners: Vec<_> = brokers.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let ensemble: Vec<_> = zookeepers.iter().map(|ports| address(ports[0])).collect();
        let began = Instant::now();
        for (number, own) in ensemble.iter().enumerate() {
            self.run_zookeeper(number + 1, &zookeepers)?;
            let answers = async || match words::ask(own, "srvr").await {
                Ok(answer) if !answer.is_empty() => Ok::<_, String>(Seen::Ready(())),
                _ => Ok(Seen::NotYet("no answer".into())),
            };
            let answers = until(LIMIT, LOOK, answers).await;
            answers.map_err(|error| failed("start a ZooKeeper", error.to_string()))?;
        }
        for (number, listener) in (1..).zip(&listeners) {
            self.run_broker(number, listener, &ensemble)?;
            let registered = async || {
                let dump = words::ask(&ensemble[0], "dump").await.unwrap_or_default();
                let there = words::registrations(&dump).brokers.contains_key(&BrokerId(number));
                Ok::<_, String>(match there {
                    true => Seen::Ready(()),
                    false => Seen::NotYet("it is not registered".into()),
                })
            };
            let registered = until(LIMIT, LOOK, registered).await;
            registered.map_err(|error| failed("start a broker", error.to_string()))?;
        }
        probe::round_trip(&Access::plaintext(listeners.join(",")), NODES, LIMIT).await?;
        Ok(began.elapsed())
    }

    fn run_zookeeper(&mut self, number: usize, ensemble: &[&[u16]]) -> Result<(), UserError> {
        let folder = self.root.join(format!("zookeeper-{number}"));
        let data = folder.join("data");
        let mut text = format!(
            "dataDir={}\nclientPort={}\nclientPortAddress=127.0.0.1\nmaxClientCnxns=0\n\
             admin.enableServer=false\n4lw.commands.whitelist=*\ntickTime=2000\ninitLimit=10\n\
             syncLimit=5\n",
            data.display(),
            ensemble[number - 1][0]
        );
        for (peer, ports) in (1..).zip(ensemble) {
            text.push_str(&format!("server.{peer}=127.0.0.1:{}:{}\n", ports[1], ports[2]));
        }
        write(&data.join("myid"), &format!("{number}\n"))?;
        let heap = ["-Xmx512M", "-Xms512M"];
        self.run(&folder, heap, "org.apache.zookeeper.server.quorum.QuorumPeerMain", &text)
    }

    fn run_broker(
        &mut self,
        number: i32,
        listener: &str,
        ensemble: &[Address],
    ) -> Result<(), UserError> {
        let folder = self.root.join(format!("broker-{number}"));
        let ensemble: Vec<_> = ensemble.iter().map(Address::to_string).collect();
        let text = format!(
            "broker.id={number}\nlisteners=PLAINTEXT://{listener}\nlog.dirs={}\nzookeeper.connect={}\n\
             num.network.threads=3\nnum.io.threads=8\nsocket.send.buffer.bytes=102400\n\
             socket.receive.buffer.bytes=102400\nsocket.request.max.bytes=104857600\nnum.partitions=1\n\
             num.recovery.threads.per.data.dir=1\noffsets.topic.replication.factor=3\n\
             transaction.state.log.replication.factor=3\ntransaction.state.log.min.isr=2\n\
             log.retention.hours=168\nlog.segment.bytes=1073741824\n\
             log.retention.check.interval.ms=300000\nzookeeper.connection.timeout.ms=18000\n\
             group.initial.rebalance.delay.ms=0\n",
            folder.join("data").display(),
            ensemble.join(",")
        );
        self.run(&folder, ["-Xmx1G", "-Xms1G"], "kafka.Kafka", &text)
    }

    fn run(
        &mut self,
        folder: &Path,
        heap: [&str; 2],
        main_class: &str,
        configuration: &str,
    ) -> Result<(), UserError> {
        let (file, log4j) = (folder.join("node.properties"), folder.join("log4j.properties"));
        write(&file, configuration)?;
        write(&log4j, LOG4J)?;
        let mut command = Command::new(&self.java.program);
        command.args(heap).args(JVM);
        command.arg(format!("-Dlog4j.configuration=file:{}", log4j.display()));
        command.args(["-cp", &self.kafka.class_path().join(":"), main_class]).arg(file);
        command.current_dir(folder);
        let process = Process::start(command, &folder.join("node.log"), self.stage.run());
        self.processes.push(process.map_err(|error| failed("start a node", error))?);
        Ok(())
    }
}

/// Ports that are free now; all are held until all are found, so that none comes twice.
fn free_ports(number: usize) -> std::io::Result<Vec<u16>> {
    let held: std::io::Result<Vec<_>> =
        (0..number).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect();
    held?.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

fn address(port: u16) -> Address {
    Address { host: "127.0.0.1".into(), port }
}

fn write(file: &Path, text: &str) -> Result<(), UserError> {
    let folder = file.parent().unwrap_or(file);
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, text));
    written.map_err(|error| failed("write the files of a node", error))
}
