//! Programs and scripts on the nodes.

use async_trait::async_trait;

use super::exec::{self, Program};
use super::{Docker, LAUNCH, archive};
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::java::tuning;
use crate::runtime::jvm;
use crate::runtime::{ExecOutput, Files as _, JavaCommand, Programs, RuntimeError, SHELL_LIMIT};

/// Heap of Java programs run beside a node, in MiB.
const TOOL_HEAP_MIB: u32 = 128;

#[async_trait]
impl Programs for Docker {
    async fn java(&self, node: NodeId, command: &JavaCommand) -> Result<ExecOutput, RuntimeError> {
        let not = |why: &str| RuntimeError::Node { node, why: why.into() };
        let image = self.started.lock().await.get(&node).cloned();
        let image = image.ok_or_else(|| not("was never started"))?;
        let container = self.node(node);
        match container.state().await? {
            NodeState::Running { .. } => {}
            NodeState::Paused { .. } => return Err(not("is paused, and programs on it as well")),
            NodeState::Exited { .. } | NodeState::NotStarted => return Err(not("is not running")),
        }
        let mut line = ["/bin/sh", LAUNCH, "java", archive(node)].map(String::from).to_vec();
        line.extend(tuning(TOOL_HEAP_MIB));
        line.push(jvm::logging(&self.paths(node)));
        line.extend(self.java_options());
        line.extend(["-cp".into(), image.class_path.join(":"), command.main_class.clone()]);
        line.extend_from_slice(&command.arguments);
        let JavaCommand { main_class: name, stdin, limit, .. } = command;
        let line = jvm::fed(line, stdin);
        let program = Program { name, line, folder: None, stdin, limit: *limit };
        exec::run(&self.engine, container.name(), node, program).await
    }

    async fn shell(
        &self,
        node: NodeId,
        script: &str,
        arguments: &[String],
    ) -> Result<ExecOutput, RuntimeError> {
        let image = self.started.lock().await.get(&node).cloned();
        let image =
            image.ok_or_else(|| RuntimeError::Node { node, why: "was never started".into() })?;
        let disk = self.disk(node);
        if !disk.exists().await? {
            disk.share(&image, &self.node(node)).await?;
        }
        let mut line = ["/bin/sh", "-c", script, "sh"].map(String::from).to_vec();
        line.extend_from_slice(arguments);
        let folder = self.paths(node).data().display().to_string();
        let (name, limit) = ("a shell script", SHELL_LIMIT);
        let program = Program { name, line, folder: Some(folder), stdin: "", limit };
        exec::run(&self.engine, disk.name(), node, program).await
    }
}
