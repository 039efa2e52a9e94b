//! Programs and scripts on the nodes.

use std::process::Stdio;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{Local, failed, not};
use crate::event::id::NodeId;
use crate::owned::process::{exit_code, spawn_owned};
use crate::runtime::jvm;
use crate::runtime::{ExecOutput, Files as _, JavaCommand, Programs, RuntimeError, SHELL_LIMIT};

#[async_trait]
impl Programs for Local {
    async fn java(&self, node: NodeId, command: &JavaCommand) -> Result<ExecOutput, RuntimeError> {
        let distribution = {
            let nodes = self.nodes.lock().await;
            let node = nodes.get(&node).ok_or_else(|| not(node, "was never started"))?;
            node.plan.distribution.clone()
        };
        let java = vec![self.java.program.display().to_string()];
        let (class_path, paths) = (distribution.class_path(), self.paths(node));
        let line = jvm::program(java, command, &class_path, self.java_options(node), &paths);
        let mut process = Command::new(&line[0]);
        process.args(&line[1..]).current_dir(self.folder(node));
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let doing = || format!("run {} on {node}", command.main_class);
        let mut child =
            spawn_owned(&mut process, &self.run).map_err(|error| failed(&doing(), error))?;
        let input = child.stdin.take();
        let talk = async {
            if let Some(mut input) = input {
                // A program that ends without reading its input is judged by its exit code.
                input.write_all(command.stdin.as_bytes()).await.ok();
            }
            child.wait_with_output().await
        };
        let output =
            tokio::time::timeout(command.limit, talk).await.map_err(|_| RuntimeError::Timeout {
                node,
                command: command.main_class.clone(),
                limit: command.limit,
            })?;
        Ok(exec_output(output.map_err(|error| failed(&doing(), error))?))
    }

    async fn shell(
        &self,
        node: NodeId,
        script: &str,
        arguments: &[String],
    ) -> Result<ExecOutput, RuntimeError> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, "sh"]).args(arguments).current_dir(self.paths(node).data());
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let doing = || format!("run a shell on {node}");
        let child = spawn_owned(&mut shell, &self.run).map_err(|error| failed(&doing(), error))?;
        let ended = tokio::time::timeout(SHELL_LIMIT, child.wait_with_output()).await;
        let output = ended.map_err(|_| RuntimeError::Timeout {
            node,
            command: "a shell script".into(),
            limit: SHELL_LIMIT,
        })?;
        Ok(exec_output(output.map_err(|error| failed(&doing(), error))?))
    }
}

fn exec_output(output: std::process::Output) -> ExecOutput {
    ExecOutput {
        code: exit_code(output.status),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
