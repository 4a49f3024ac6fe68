//! Which ticket: a lesson of the course, or one that a seed makes. It has a name that can be typed and kept.

use std::fmt;

/// A ticket that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// A lesson, by its name.
    Lesson(String),
    /// The nth ticket that a seed makes, counted from 1.
    Made {
        /// The seed.
        seed: u64,
        /// The number.
        number: u32,
    },
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lesson(name) => f.write_str(name),
            Self::Made { seed, number } => write!(f, "seed-{seed}-{number}"),
        }
    }
}

impl Which {
    /// Reads the name of a ticket.
    ///
    /// # Errors
    /// What it should look like.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("seed-") {
            let made = rest
                .split_once('-')
                .and_then(|(seed, number)| Some(Self::Made { seed: seed.parse().ok()?, number: number.parse().ok()? }));
            return made.ok_or_else(|| format!("`{}` is no ticket: seed-SEED-NUMBER", text.escape_debug()));
        }
        let is_name = !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_name {
            Ok(Self::Lesson(text.to_owned()))
        } else {
            Err(format!("`{}` is no name of a ticket", text.escape_debug()))
        }
    }
}

notation::text_format!(Which, "a ticket, such as no-record or seed-7-4", Which::parse, ToString::to_string);

#[cfg(test)]
mod tests {
    use super::Which;

    #[test]
    fn names_can_be_read_back() {
        for which in [Which::Lesson("no-record".to_owned()), Which::Made { seed: 7, number: 4 }] {
            assert_eq!(Which::parse(&which.to_string()), Ok(which));
        }
        assert!(Which::parse("seed-x").is_err());
        assert!(Which::parse("No Record").is_err());
    }
}
