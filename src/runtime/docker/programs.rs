//! Programs and scripts on the nodes.

use async_trait::async_trait;

use super::exec::{self, Program};
use super::{Docker, LAUNCH};
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::runtime::jvm;
use crate::runtime::{ExecOutput, Files as _, JavaCommand, Programs, RuntimeError, SHELL_LIMIT};

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
        let archive = match node {
            NodeId::ZooKeeper(_) => "zookeeper",
            NodeId::Controller(_) | NodeId::Broker(_) => "kafka",
        };
        let java = ["/bin/sh", LAUNCH, "java", archive].map(String::from).to_vec();
        let (options, paths) = (self.java_options(), self.paths(node));
        let line = jvm::program(java, command, &image.class_path, options, &paths);
        let JavaCommand { main_class: name, stdin, limit, .. } = command;
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
