//! Ranges in names, as Ansible has them: `web[01:20:2].example.net`, `db-[a:f]`.

/// Most hosts that one name may mean.
const MOST: usize = 100_000;

/// The names that `pattern` means, in order.
pub(super) fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let mut names = vec![String::new()];
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('[') {
        let (range, after) = behind
            .split_once(']')
            .ok_or_else(|| format!("`[` without `]` in `{pattern}`"))?;
        let members = members(range).ok_or_else(|| format!("`[{range}]` is no range"))?;
        if names.len().saturating_mul(members.len()) > MOST {
            return Err(format!("`{pattern}` means more than {MOST} hosts"));
        }
        names = names
            .iter()
            .flat_map(|name| {
                members
                    .iter()
                    .map(move |member| format!("{name}{before}{member}"))
            })
            .collect();
        rest = after;
    }
    for name in &mut names {
        name.push_str(rest);
    }
    Ok(names)
}

fn members(range: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = range.split(':').collect();
    let (first, last, step) = match parts.as_slice() {
        [first, last] => (*first, *last, 1),
        [first, last, step] => (*first, *last, step.parse::<usize>().ok()?),
        _ => return None,
    };
    if step == 0 {
        return None;
    }
    let first = if first.is_empty() { "0" } else { first };
    if let (Ok(low), Ok(high)) = (first.parse::<u64>(), last.parse::<u64>()) {
        let width = if first.starts_with('0') {
            first.len()
        } else {
            0
        };
        // A width of digits is a promise about all of them.
        let even = width < 2 || last.len() == width;
        let some = low <= high && usize::try_from(high - low).ok()? / step < MOST;
        return (even && some).then(|| {
            let numbers = (low..=high).step_by(step);
            numbers.map(|number| format!("{number:0width$}")).collect()
        });
    }
    let letter = |text: &str| {
        let mut chars = text.chars();
        let one = chars.next().filter(char::is_ascii_alphabetic)?;
        chars.next().is_none().then_some(one)
    };
    let (low, high) = (letter(first)?, letter(last)?);
    let same_case = low.is_ascii_lowercase() == high.is_ascii_lowercase();
    (same_case && low <= high).then(|| {
        let letters = (low..=high).step_by(step);
        letters.map(String::from).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn ranges_mean_what_ansible_means() {
        let names = |pattern: &str| expand(pattern).map(|names| names.join(" "));
        assert_eq!(names("web").as_deref(), Ok("web"));
        assert_eq!(names("w[1:3].net").as_deref(), Ok("w1.net w2.net w3.net"));
        assert_eq!(names("w[08:12:2]").as_deref(), Ok("w08 w10 w12"));
        assert_eq!(names("[a:b]-[1:2]").as_deref(), Ok("a-1 a-2 b-1 b-2"));
        assert_eq!(names("w[:2]").as_deref(), Ok("w0 w1 w2"));
        for wrong in [
            "w[1:",
            "w[3:1]",
            "w[01:100]",
            "w[a:3]",
            "w[1:2:0]",
            "w[0:9999999]",
            "w[a:F]",
        ] {
            names(wrong).unwrap_err();
        }
    }
}
