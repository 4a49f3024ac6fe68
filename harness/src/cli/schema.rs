//! `kmslab schema`: the JSON Schema of scenario and base files, and of a journal's lines.

use std::io::Write;

use clap::Args;

use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::journal::line;
use crate::scenario::schema::{FileKind, schema as schema_of};

notation::choice! {
    /// What a schema is of.
    pub enum SchemaKind("kind of file") {
        /// A scenario.
        "scenario" => Scenario,
        /// A base environment.
        "base" => Base,
        /// A line of a journal, as `--journal` writes it.
        "journal" => Journal,
    }
}

/// What `schema` is asked.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The kind of file
    #[arg(default_value = "scenario", value_parser = cli_input::words::<SchemaKind>(SchemaKind::WORDS))]
    kind: SchemaKind,
}

/// Prints the schema.
///
/// # Errors
/// Standard output cannot be written to.
pub fn schema(args: &SchemaArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let schema = match args.kind {
        SchemaKind::Scenario => schema_of(&FileKind::Scenario),
        SchemaKind::Base => schema_of(&FileKind::Base),
        SchemaKind::Journal => line::schema(),
    };
    writeln!(out, "{schema:#}").map_err(CommandError::Output)?;
    Ok(ExitCode::AsExpected)
}
