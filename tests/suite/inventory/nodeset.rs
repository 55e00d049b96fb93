//! Node sets: names from a short text, and the short text from names.

use plimsoll::domain::nodeset::{expand, fold};
use proptest::prelude::*;

#[test]
fn sets_expand() {
    for (text, expected) in [
        ("web", "web"),
        ("web-[1-3,7]", "web-1 web-2 web-3 web-7"),
        (
            "web-[08-11].example.net",
            "web-08.example.net web-09.example.net web-10.example.net web-11.example.net",
        ),
        ("[099-101]", "099 100 101"),
        ("[09-10,9-10]", "09 10 9 10"),
        (
            "[08-100]",
            (8..=100)
                .map(|n| format!("{n:02}"))
                .collect::<Vec<_>>()
                .join(" ")
                .as_str(),
        ),
        ("r[1-2]-n[1-2]", "r1-n1 r1-n2 r2-n1 r2-n2"),
        ("a[1-2],b", "a1 a2 b"),
        ("a[ 1 - 2 ]", "a1 a2"),
        ("[0]", "0"),
    ] {
        assert_eq!(expand(text, 1000).unwrap().join(" "), expected, "{text}");
    }
}

#[test]
fn what_is_no_set_says_where() {
    for (text, offset) in [
        ("", 0),
        ("a,,b", 2),
        ("a[1", 1),
        ("a]1", 1),
        ("a[[1]]", 1),
        ("a[]", 2),
        ("a[1,]", 4),
        ("ä[1]b]", 5),
        ("a[1-2-3]", 2),
        ("a[-1]", 2),
        ("a[+1]", 2),
        ("a[2-1]", 2),
        ("a[01-1]", 2),
        ("a[1-01]", 2),
        ("a[9999999999999999999]", 2),
        ("a[0-999999999999999999]", 0),
        ("a[1-40]b[1-40]", 0),
        ("x,a[1-1000]", 2),
    ] {
        let error = expand(text, 1000).unwrap_err();
        assert_eq!(error.offset, offset, "{text}: {error}");
    }
}

#[test]
fn names_fold() {
    for (names, expected) in [
        ("", ""),
        ("web", "web"),
        ("web-01 web-02 web-03 web-07", "web-[01-03,07]"),
        ("web-07", "web-07"),
        ("web-3 web-1 web-2 web-2", "web-[1-3]"),
        ("web-8 web-9 web-10", "web-[8-10]"),
        ("web-08 web-09 web-10 web-11", "web-[08-11]"),
        ("web-9 web-09 web-10", "web-[9,09-10]"),
        ("web-10 web-11 db", "db,web-[10-11]"),
        ("r1-n1 r1-n2 r2-n1 r2-n2", "r[1-2]-n[1-2]"),
        ("r1-n1 r1-n2 r2-n1", "r1-n[1-2],r2-n1"),
        ("10.0.0.1 10.0.0.2 10.0.0.4", "10.0.0.[1-2,4]"),
        ("0 1 00 01", "[0-1,00-01]"),
        ("web-01.a web-02.b", "web-01.a,web-02.b"),
    ] {
        let names: Vec<&str> = names.split_whitespace().collect();
        assert_eq!(fold(&names), expected, "{names:?}");
    }
}

proptest! {
    #[test]
    fn folded_names_expand_to_themselves(
        names in prop::collection::vec("[a-c]{0,1}[0-9]{1,3}(-[ab][0-9]{0,2}(\\.[0-9]{1,20})?)?", 1..60)
    ) {
        let folded = fold(&names);
        let mut back = expand(&folded, 100_000).unwrap();
        let mut names = names;
        back.sort();
        names.sort();
        names.dedup();
        prop_assert_eq!(back, names, "{}", folded);
    }

    #[test]
    fn folding_what_was_folded_changes_nothing(
        names in prop::collection::vec("[ab][0-9]{1,2}-[0-9]{1,2}", 1..60)
    ) {
        let folded = fold(&names);
        let back = expand(&folded, 100_000).unwrap();
        prop_assert_eq!(fold(&back), folded);
    }

    #[test]
    fn any_text_may_be_tried(text in "\\PC{0,40}", set in "[a\\[\\],0-9-]{0,30}") {
        for text in [text, set] {
            if let Ok(names) = expand(&text, 5000) {
                prop_assert!(names.len() <= 5000);
                let _folded = fold(&names);
            }
            let _folded = fold(&[text]);
        }
    }
}
