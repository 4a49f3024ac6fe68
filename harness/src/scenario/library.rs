//! Texts of scenario and base files by name. Whoever fills it has read the files; nothing here opens one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::environment::Environment;

/// The folder of base environments.
pub const BASE_FOLDER: &str = "base/";

/// Largest scenario or base file in bytes. The largest that a person writes is a hundredth of it.
pub const FILE_SIZE_MAX: usize = 1024 * 1024;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// Its path, as messages show it.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
}

/// Scenario and base files by name; a name that is added again replaces the older file.
#[derive(Debug, Default)]
pub struct Library {
    files: BTreeMap<String, FileText>,
    /// Base environments that were read already: many scenarios start from one.
    resolved: Mutex<BTreeMap<String, Environment>>,
}

impl Clone for Library {
    /// The same files. What was read of them is not shared: the copies may come to differ.
    fn clone(&self) -> Self {
        Self { files: self.files.clone(), resolved: Mutex::default() }
    }
}

impl Library {
    /// Adds a file or replaces the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, file: FileText) {
        self.files.insert(name.into(), file);
        // Any base may come from the one that is now another.
        self.environments().clear();
    }

    /// The scenarios' names, sorted.
    pub fn scenario_names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|name| !name.starts_with(BASE_FOLDER))
    }

    /// The base environments' names, sorted.
    pub fn base_names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|name| name.strip_prefix(BASE_FOLDER))
    }

    /// The file of a scenario.
    #[must_use]
    pub fn scenario(&self, name: &str) -> Option<&FileText> {
        self.files.get(name)
    }

    /// The environment of a base that was read before.
    pub(super) fn resolved(&self, base: &str) -> Option<Environment> {
        self.environments().get(base).cloned()
    }

    /// Remembers the environment of a base.
    pub(super) fn remember(&self, base: &str, environment: &Environment) {
        self.environments().insert(base.to_owned(), environment.clone());
    }

    /// Locked for a look-up or an entry only; whoever panicked in between has left it whole.
    fn environments(&self) -> MutexGuard<'_, BTreeMap<String, Environment>> {
        self.resolved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file of a base environment.
    #[must_use]
    pub fn base(&self, name: &str) -> Option<&FileText> {
        self.files.get(&format!("{BASE_FOLDER}{name}"))
    }
}
