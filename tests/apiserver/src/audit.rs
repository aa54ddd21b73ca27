//! The audit log: every request that the server has answered, free of noise from outside.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

/// The log of a server.
#[derive(Clone, Debug)]
pub struct AuditLog {
    file: PathBuf,
}

/// One request, or the begin or the end of a watch.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// `ResponseComplete`; `ResponseStarted` for what goes on after its headers, `Panic`.
    pub stage: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; of other paths the method.
    pub verb: String,
    /// Path and query.
    #[serde(rename = "requestURI")]
    pub request_uri: String,
    /// Who asked.
    pub user: User,
    /// What program asked, as it says.
    #[serde(default)]
    pub user_agent: String,
    /// What was asked for, where it is an object.
    pub object_ref: Option<ObjectRef>,
    /// What was answered.
    response_status: Option<ResponseStatus>,
}

/// Who asked.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// The name.
    pub username: String,
    /// The groups.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// What was asked for. Empty is what the request does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectRef {
    /// The group; empty for the core.
    pub api_group: String,
    /// The version.
    pub api_version: String,
    /// The plural.
    pub resource: String,
    /// `status`, `scale`, …
    pub subresource: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct ResponseStatus {
    #[serde(default)]
    code: u16,
}

impl AuditLog {
    pub(crate) fn new(file: PathBuf) -> AuditLog {
        AuditLog { file }
    }

    /// What has been answered, oldest first. A request whose answer was read is in it.
    ///
    /// # Panics
    ///
    /// When the log cannot be read.
    #[must_use]
    pub fn entries(&self) -> Vec<AuditEntry> {
        let text = fs::read_to_string(&self.file).expect("the server has a log from its start on");
        // The last line may still be on its way.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let entry = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        whole.lines().map(entry).collect()
    }

    /// What a user has been answered.
    ///
    /// # Panics
    ///
    /// When the log cannot be read.
    #[must_use]
    pub fn entries_of(&self, user: &str) -> Vec<AuditEntry> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.user.username == user);
        entries
    }

    /// What a user has tried to write, with the answers.
    ///
    /// # Panics
    ///
    /// When the log cannot be read.
    #[must_use]
    pub fn writes_of(&self, user: &str) -> Vec<AuditEntry> {
        let mut entries = self.entries_of(user);
        entries.retain(AuditEntry::is_write);
        entries
    }
}

impl AuditEntry {
    /// Whether the request would change something.
    #[must_use]
    pub fn is_write(&self) -> bool {
        let writes =
            ["create", "update", "patch", "delete", "deletecollection"].contains(&self.verb.as_str());
        writes && !self.request_uri.contains("dryRun=")
    }

    /// The status of the answer; 0 where there is none.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.response_status.map_or(0, |status| status.code)
    }
}
