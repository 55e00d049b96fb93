//! Whatever stands in a file, the parser answers.

use plimsoll::inventory::{EXAMPLE, select};
use proptest::prelude::*;

use super::{long, read};

/// Pieces that make broken files look like real ones.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "version = 1",
        "[defaults]",
        "[groups.a]",
        "[[hosts]]",
        "name = \"a-[1-3]\"",
        "name = \"b\"",
        "groups = [\"a\"]",
        "jump = [\"b\", \"u@x:1\"]",
        "endpoint = \"tcp://{name}:1\"",
        "tls = { ca = \"~/a\" }",
        "insecure = true",
        "[policy]",
        "docker_users = [\"x\"]",
        "[guardrails]",
        "deny = [\"live\"]",
        "[[waivers]]",
        "control = \"daemon-icc\"",
        "expires = 2027-01-31",
        "hosts = \"a-*&!b\"",
        "[store]",
        "keep = \"400d\"",
        "host_timeout = \"1h\"",
        "labels = { a = \"é\" }",
        "window = \"Sat 22:00-Sun 06:00\"",
    ]);
    prop_oneof![
        4 => known.prop_map(ToOwned::to_owned),
        1 => "\\PC{0,20}",
        1 => "[a-z\\[\\]{}=\"'#.,0-9\r\t -]{0,20}",
    ]
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        if let Err(problems) = read(&text) {
            prop_assert!(!problems.is_empty());
            let escapes = long(&problems).contains('\u{1b}');
            prop_assert!(!escapes);
        }
    }

    #[test]
    fn any_mixture_of_lines_is_answered(lines in prop::collection::vec(piece(), 0..25)) {
        let text = lines.join("\n");
        if let Err(problems) = read(&text) {
            let lines = text.split('\n').count();
            for problem in &problems {
                prop_assert!(problem.line >= 1 && problem.line <= lines, "{problem}");
                prop_assert!(problem.column >= 1, "{problem}");
            }
            let _shown = long(&problems);
        }
    }

    #[test]
    fn an_example_cut_anywhere_is_answered(at in 0..EXAMPLE.len(), more in "\\PC{0,8}") {
        let at = (0..=at).rev().find(|at| EXAMPLE.is_char_boundary(*at)).unwrap();
        let (head, tail) = EXAMPLE.split_at(at);
        for text in [head.to_owned(), format!("{head}{more}{tail}")] {
            if let Err(problems) = read(&text) {
                let _shown = long(&problems);
            }
        }
    }

    #[test]
    fn any_expression_is_answered(text in "[a-c*?!&,()\\[\\]0-9 -]{0,24}", other in any::<String>()) {
        let inventory = super::good("[groups.a]\n[[hosts]]\nname = \"b-[1-3]\"\ngroups = [\"a\"]");
        for text in [text, other] {
            match select(&inventory, &text) {
                Ok(chosen) => prop_assert!(!chosen.is_empty() && chosen.iter().all(|index| *index < 3)),
                Err(error) => prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1),
            }
        }
    }
}
