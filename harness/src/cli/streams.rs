//! What wraps a command: a reader that has gone is no failure, and a panic is told as the bug of ours that it is.
//!
//! It stands apart so that commands write without thinking of either. It opens no stream.

use std::io::{self, ErrorKind, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use crate::error::ExitCode;

/// A stream whose reader may go at any time (`kmslab list | head -1`): what comes after that is thrown away, without an
/// error, so that the exit code still tells what became of the command.
#[derive(Debug)]
pub struct Reader<W> {
    stream: W,
    gone: bool,
}

impl<W: Write> Reader<W> {
    /// Wraps a stream.
    pub const fn new(stream: W) -> Self {
        Self { stream, gone: false }
    }

    fn unless_gone<T>(&mut self, instead: T, act: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.gone {
            return Ok(instead);
        }
        match act(&mut self.stream) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Reader<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_gone(bytes.len(), |stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), Write::flush)
    }
}

/// Does something; a panic in it becomes the exit code of a bug of ours.
pub fn or_bug(act: impl FnOnce() -> i32) -> i32 {
    panic::catch_unwind(AssertUnwindSafe(act)).unwrap_or(ExitCode::Bug as i32)
}

/// What a panic says to whoever sees it.
#[must_use]
pub fn bug_message(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let said = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref().map(String::as_str));
    let said = said.unwrap_or("no reason given");
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    format!(
        "kmslab: this is a bug of kmslab, not of your network or scenario: {said}{place}\n\
         hint: please report it with the command line and the scenario (version {})",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::{Reader, or_bug};
    use crate::error::ExitCode;
    use std::io::{self, ErrorKind, Write};

    /// A stream that fails in this way.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn only_a_closed_pipe_is_no_failure() {
        let mut closed = Reader::new(Failing(ErrorKind::BrokenPipe));
        assert!(writeln!(closed, "nobody reads this").is_ok());
        assert!(closed.flush().is_ok());
        let mut full = Reader::new(Failing(ErrorKind::StorageFull));
        assert!(writeln!(full, "there is no room").is_err());
        assert!(full.flush().is_err());
    }

    #[test]
    fn a_panic_is_a_bug() {
        assert_eq!(or_bug(|| 1), 1);
        assert_eq!(or_bug(|| panic!("on purpose")), ExitCode::Bug as i32);
    }
}
