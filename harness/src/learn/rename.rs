//! Other names and addresses for the same network, drawn from a seed: a ticket whose lesson one knows shall not be known by its names.
//!
//! Names are replaced in the texts of scenarios and lessons, all at once and only where they stand as a whole, so that what was consistent
//! stays so. The names drawn are those that Microsoft's documents use for companies that do not exist.

use double::Seed;

use crate::scenario::Library;
use crate::scenario::library::FileText;

const DOMAINS: [&str; 6] =
    ["adatum.com", "litware.com", "northwindtraders.com", "proseware.com", "tailspintoys.com", "wingtiptoys.com"];
const HOSTS: [&str; 4] = ["kms1", "lic1", "act1", "vol1"];
const SERVERS: [&str; 4] = ["dns1", "dc1", "ns1", "ad1"];
const CLIENTS: [&str; 4] = ["pc7", "ws12", "desk31", "lab4"];

/// What is replaced by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(Vec<(&'static str, String)>);

impl Names {
    /// Draws names and addresses.
    #[must_use]
    pub fn draw(seed: Seed) -> Self {
        let mut rng = seed.child("names").rng();
        let mut pick = |from: &[&str]| rng.choice(from).map_or_else(String::new, |name| (*name).to_owned());
        let first = pick(&DOMAINS);
        let rest: Vec<&str> = DOMAINS.into_iter().filter(|domain| *domain != first).collect();
        let (second, host, server, client) = (pick(&rest), pick(&HOSTS), pick(&SERVERS), pick(&CLIENTS));
        let net = format!("10.{}.{}.", rng.u8(1..=250), rng.u8(..=250));
        let unique = format!("fd{:02x}", rng.u8(1..));
        Self(vec![
            ("contoso.com", first),
            ("fabrikam.com", second),
            ("KMS1", host.to_ascii_uppercase()),
            ("kms1", host),
            ("dns1", server),
            ("PC7", client.to_ascii_uppercase()),
            ("pc7", client),
            ("10.0.0.", net),
            ("fd00", unique),
        ])
    }

    /// A text with the other names.
    #[must_use]
    pub fn rename(&self, text: &str) -> String {
        let mut renamed = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = None;
        while let Some(next) = rest.chars().next() {
            let is_part = |letter: char| letter.is_alphanumeric();
            let fits = |old: &str| {
                let behind = rest.strip_prefix(old)?;
                let begins = before != Some('.') || !old.ends_with('.');
                let ends = old.ends_with('.') || !behind.starts_with(is_part);
                (begins && ends).then_some(behind)
            };
            // Every name begins with a letter or digit, so inside a word there is nothing to look for.
            if before.is_some_and(is_part) {
                renamed.push(next);
                before = Some(next);
                rest = &rest[next.len_utf8()..];
                continue;
            }
            if let Some((new, behind)) = self.0.iter().find_map(|(old, new)| Some((new, fits(old)?))) {
                renamed.push_str(new);
                before = new.chars().next_back();
                rest = behind;
            } else {
                renamed.push(next);
                before = Some(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        renamed
    }

    /// Every scenario and base with the other names.
    #[must_use]
    pub fn library(&self, library: &Library) -> Library {
        let mut renamed = Library::default();
        let scenarios = library.scenario_names().filter_map(|name| Some((name.to_owned(), library.scenario(name)?)));
        let folder = crate::scenario::library::BASE_FOLDER;
        let bases = library.base_names().filter_map(|name| Some((format!("{folder}{name}"), library.base(name)?)));
        for (name, file) in scenarios.chain(bases) {
            renamed.insert(name, FileText { path: file.path.clone(), text: self.rename(&file.text).into() });
        }
        renamed
    }
}

#[cfg(test)]
mod tests {
    use double::Seed;

    use super::Names;

    #[test]
    fn names_are_replaced_as_a_whole_and_at_once() {
        let names = Names(vec![
            ("contoso.com", "kms1.org".to_owned()),
            ("kms1", "lic1".to_owned()),
            ("10.0.0.", "10.7.8.".to_owned()),
        ]);
        let check = |text: &str, expected: &str| assert_eq!(names.rename(text), expected);
        check("kms1.contoso.com. A 10.0.0.60", "lic1.kms1.org. A 10.7.8.60");
        check("oldkms1 kms10 kms1", "oldkms1 kms10 lic1");
        check("110.0.0.1 10.0.0.1 1.10.0.0.1", "110.0.0.1 10.7.8.1 1.10.0.0.1");
        check("kms1의 레코드", "kms1의 레코드");
    }

    #[test]
    fn a_seed_draws_the_same_names() {
        assert_eq!(Names::draw(Seed::new(7)), Names::draw(Seed::new(7)));
        assert_ne!(Names::draw(Seed::new(7)), Names::draw(Seed::new(8)));
    }
}
