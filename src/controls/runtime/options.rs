//! The security options of a container, in both forms that engines write: `name=value` and `name:value`.

use crate::domain::evidence::container::Detail;

/// The values given for the option `name`; a bare option has the value `true`.
pub(super) fn values<'a>(detail: &'a Detail, name: &str) -> Vec<&'a str> {
    detail
        .security_opt
        .iter()
        .filter_map(|option| {
            let rest = option.strip_prefix(name)?;
            match rest.strip_prefix(['=', ':']) {
                Some(value) => Some(value),
                None if rest.is_empty() => Some("true"),
                None => None,
            }
        })
        .collect()
}

/// The last value given for `name`: a later option wins.
pub(in crate::controls) fn value<'a>(detail: &'a Detail, name: &str) -> Option<&'a str> {
    values(detail, name).last().copied()
}

#[cfg(test)]
mod tests {
    use super::{value, values};
    use crate::domain::evidence::container::Detail;

    #[test]
    fn both_forms_and_bare_options_are_read() {
        let detail = Detail {
            security_opt: [
                "no-new-privileges",
                "seccomp:unconfined",
                "label=type:spc_t",
                "label=level:s0:c1,c2",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..Detail::default()
        };
        assert_eq!(value(&detail, "no-new-privileges"), Some("true"));
        assert_eq!(value(&detail, "seccomp"), Some("unconfined"));
        assert_eq!(values(&detail, "label"), ["type:spc_t", "level:s0:c1,c2"]);
        assert_eq!(value(&detail, "no-new"), None);
    }
}
