//! Calls that run as tasks (MCP 2025-11-25, basic/utilities/tasks). Every task is done at once, and its
//! times are fixed, so that two runs can be compared. Never the tools themselves.

use mock_gateway::json::Json;

use super::super::call::{Call, member, members, object, text};
use super::{Deed, Session, tool};
use crate::version::{Era, Version};

/// The member of `_meta` that says which task a result belongs to.
const RELATED: &str = "io.modelcontextprotocol/related-task";

/// The tools that can be called as a task.
const TASKS: [&str; 3] = ["echo", "send", "task"];

/// How many tasks are remembered; the oldest are forgotten.
const REMEMBERED: usize = 1000;

impl Session {
    /// Begins a task where the call asks for one, and the version has them.
    pub(super) fn begun_as_task(&mut self, call: &Call, name: &str) -> Option<Deed> {
        if self.agreed != Some(Version::V2025_11_25) || call.era == Era::Modern {
            return None;
        }
        call.param("task")?;
        if !TASKS.contains(&name) {
            return Some(call.refuse(-32601, "this tool runs as no task", &object([member("name", text(name))])));
        }
        let id = format!("task-{}", self.number());
        let begun = call.answer(vec![member("task", described(&id, call, "working"))]);
        if self.tasks.len() == REMEMBERED {
            self.tasks.remove(0);
        }
        self.tasks.push((id, call.clone()));
        Some(begun)
    }

    /// Answers what is asked about tasks.
    pub(super) fn task(&self, call: &Call) -> Deed {
        if call.method == "tasks/list" {
            let tasks = self.tasks.iter().map(|(id, task)| described(id, task, "completed")).collect();
            return call.answer(vec![member("tasks", Json::Array(tasks))]);
        }
        let asked = call.text("taskId").unwrap_or_default();
        let Some((id, task)) = self.tasks.iter().find(|(id, _)| id == asked) else {
            return call.invalid("there is no such task");
        };
        match call.method.as_str() {
            "tasks/get" => call.answer(members(described(id, task, "completed"))),
            "tasks/result" => {
                let related = object([member(RELATED, object([member("taskId", text(id))]))]);
                let mut result = tool::echoed(task.arguments());
                result.push(member("_meta", related));
                call.answer(result)
            }
            _ => call.invalid("the task is completed and cannot be cancelled"),
        }
    }
}

fn described(id: &str, call: &Call, status: &str) -> Json {
    let ttl = call.param("task").and_then(|task| task.get("ttl")).cloned().unwrap_or(Json::Null);
    object([
        member("taskId", text(id)),
        member("status", text(status)),
        member("createdAt", text("2025-11-25T00:00:00Z")),
        member("lastUpdatedAt", text("2025-11-25T00:00:00Z")),
        member("ttl", ttl),
        member("pollInterval", Json::Number("10".to_owned())),
    ])
}
