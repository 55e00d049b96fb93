//! Tokens (`%h`), variables (`${NAME}`) and `~` in values.

use std::path::PathBuf;

use super::{Facts, Refusal};

/// What tokens stand for, once the host's own settings are known.
pub(super) struct Tokens<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) hostname: &'a str,
    pub(super) user: &'a str,
    pub(super) port: u16,
    pub(super) host_key_alias: Option<&'a str>,
}

impl Tokens<'_> {
    /// `text` with its tokens replaced; `at` is where it stands.
    pub(super) fn expand(&self, text: &str, at: &str) -> Result<String, Refusal> {
        let mut out = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let token = chars.next().unwrap_or(' ');
            match token {
                '%' => out.push('%'),
                'h' => out.push_str(self.hostname),
                'n' => out.push_str(self.facts.alias),
                'k' => out.push_str(self.host_key_alias.unwrap_or(self.facts.alias)),
                'p' => out.push_str(&self.port.to_string()),
                'r' => out.push_str(self.user),
                'u' => out.push_str(self.facts.local_user),
                'd' => out.push_str(self.facts.home.unwrap_or_default()),
                other => {
                    return Err(Refusal(format!(
                        "{at}: the token %{other} in `{text}` is not understood"
                    )));
                }
            }
        }
        self.variables(&out, at)
    }

    fn variables(&self, text: &str, at: &str) -> Result<String, Refusal> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let (name, after) = behind
                .split_once('}')
                .ok_or_else(|| Refusal(format!("{at}: `${{` without `}}` in `{text}`")))?;
            let value = self
                .facts
                .variable
                .get(name)
                .ok_or_else(|| Refusal(format!("{at}: there is no variable ${name}")))?;
            out.push_str(before);
            out.push_str(&value);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// `text` as a path: `~` is the home folder, and relative paths start nowhere in particular, as with OpenSSH.
    pub(super) fn path(&self, text: &str, at: &str) -> Result<PathBuf, Refusal> {
        let path = match (text.strip_prefix('~'), self.facts.home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
                format!("{}{rest}", home.replace('%', "%%"))
            }
            (Some(_), _) => {
                return Err(Refusal(format!("{at}: `{text}` is not understood")));
            }
            (None, _) => text.to_owned(),
        };
        self.expand(&path, at).map(PathBuf::from)
    }
}
