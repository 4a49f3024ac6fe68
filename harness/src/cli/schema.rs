//! `kmslab schema`: the JSON Schema of scenario and base files.

use std::io::Write;

use clap::Args;

use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::scenario::schema::{FileKind, schema as schema_of};

/// What `schema` is asked.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The kind of file
    #[arg(default_value = "scenario", value_parser = cli_input::words::<FileKind>(FileKind::WORDS))]
    kind: FileKind,
}

/// Prints the schema.
///
/// # Errors
/// Standard output cannot be written to.
pub fn schema(args: &SchemaArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    writeln!(out, "{:#}", schema_of(&args.kind)).map_err(CommandError::Output)?;
    Ok(ExitCode::AsExpected)
}
