//! The command line of a node's JVM, the same in every runtime.

use std::path::Path;

use crate::cluster::topology::NodePlan;

/// Arguments of `java` for a node: class path of all jars in `jars`, heap, garbage collector, class-data
/// archive if there is one, then `extra` of the runtime, the plan's own options, main class and arguments.
///
/// The serial collector and the first compiler tier start fastest on few cores; a fixture's own
/// `jvm_options` come later on the line and win.
pub fn arguments(
    plan: &NodePlan,
    jars: &[String],
    archive: Option<&Path>,
    extra: &[String],
    log4j: &Path,
) -> Vec<String> {
    let mut line = tuning(plan.heap_mib);
    line.extend(archive.map(|file| format!("-XX:SharedArchiveFile={}", file.display())));
    line.push(format!("-Dlog4j.configuration=file:{}", log4j.display()));
    line.extend_from_slice(extra);
    line.extend_from_slice(&plan.jvm_options);
    line.extend(["-cp".into(), jars.join(":"), plan.main_class.into()]);
    line.extend_from_slice(&plan.arguments);
    line
}

/// Options that every JVM of trial gets; an archive of class data is only valid under the same ones.
pub fn tuning(heap_mib: u32) -> Vec<String> {
    vec![
        format!("-Xmx{heap_mib}m"),
        "-Xms64m".into(),
        "-XX:+UseSerialGC".into(),
        "-XX:TieredStopAtLevel=1".into(),
        "-XX:-UsePerfData".into(),
        "-Djava.awt.headless=true".into(),
        "-Djava.net.preferIPv4Stack=true".into(),
    ]
}
