//! Questions over the dashboard: how they look, and that nothing is trusted or handed over by mistake.

use plimsoll::domain::question::{
    Answer, NewKey, Prompt, Question, QuestionId, Secret, SecretKind, Wanted,
};
use plimsoll::tui::effect::Effect;
use plimsoll::tui::model::Overlay;
use plimsoll::tui::msg::Msg;

use super::fleet;
use super::script::Script;

fn key(id: QuestionId) -> Question {
    Question::NewKey(NewKey {
        server: format!("[web-prod-{id:02}]:2222"),
        kind: "ssh-ed25519".to_owned(),
        fingerprint: format!("SHA256:{id:02}FqmfPYcp4OM2jWCcTzBRmjPAGS7KhJFEsH3Yhiyqn0"),
        compare: "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub".to_owned(),
        file: "/home/ops/.ssh/known_hosts".to_owned(),
    })
}

fn passphrase() -> Question {
    Question::Secret(Wanted {
        kind: SecretKind::Passphrase,
        subject: "/home/ops/.ssh/id_ed25519".to_owned(),
        lines: vec!["It is needed for 12 hosts and asked for once.".to_owned()],
        prompts: vec![Prompt {
            label: "Passphrase".to_owned(),
            echo: false,
        }],
    })
}

fn two_factors() -> Question {
    Question::Secret(Wanted {
        kind: SecretKind::Interactive,
        subject: "ops at web-prod-01:22".to_owned(),
        lines: vec!["Evil\u{1b}[2J instructions".to_owned()],
        prompts: vec![
            Prompt {
                label: "Password: ".to_owned(),
                echo: false,
            },
            Prompt {
                label: "Code: ".to_owned(),
                echo: true,
            },
        ],
    })
}

/// Some question.
pub(crate) fn any(id: QuestionId) -> Question {
    match id % 3 {
        0 => passphrase(),
        1 => two_factors(),
        _ => key(id),
    }
}

fn asked(questions: Vec<Question>) -> Script {
    let mut script = Script::on(fleet::mixed());
    for (id, question) in (1..).zip(questions) {
        script = script.send(Msg::Asked(id, question));
    }
    script
}

fn answers(script: &Script) -> Vec<(QuestionId, Option<Answer>)> {
    let answers = script.effects.iter().filter_map(|effect| match effect {
        Effect::Answer(answers) => Some(answers.clone()),
        _ => None,
    });
    answers.flatten().collect()
}

#[test]
fn questions_lie_over_the_screen() {
    for (name, size) in [
        ("80x24", (80, 24)),
        ("120x36", (120, 36)),
        ("40x10", (40, 10)),
    ] {
        asked((1..=14).map(key).collect())
            .size(size.0, size.1)
            .keys("jj ")
            .snapshot(&format!("question-keys-{name}"));
        asked(vec![passphrase()])
            .size(size.0, size.1)
            .keys("abc")
            .snapshot(&format!("question-passphrase-{name}"));
    }
    asked(vec![two_factors()])
        .size(80, 24)
        .keys("secret<enter>123456")
        .snapshot("question-interactive-80x24");
}

#[test]
fn unknown_keys_are_one_list_and_only_ticked_ones_are_trusted() {
    let keys: Vec<Question> = (1..=4).map(key).collect();
    // Enter alone, pressed for something else, trusts nothing and refuses nothing.
    let script = asked(keys.clone()).keys("<enter>yl1");
    assert_eq!(answers(&script), []);
    let script = script.keys(" jj <enter>");
    let yes = Some(Answer::Yes);
    assert_eq!(
        answers(&script),
        [(1, yes.clone()), (2, None), (3, yes.clone()), (4, None)]
    );
    assert!(script.model.overlay.is_none() && script.model.questions.is_empty());

    let script = asked(keys.clone()).keys("*<enter>");
    assert!(answers(&script).iter().all(|(_, answer)| *answer == yes));
    assert_eq!(answers(&script).len(), 4);
    let script = asked(keys).keys("**<enter><esc>");
    assert!(answers(&script).iter().all(|(_, answer)| answer.is_none()));
    assert_eq!(answers(&script).len(), 4);
}

#[test]
fn a_list_grows_while_it_is_open_and_keeps_its_ticks() {
    let script = asked(vec![key(1), key(2)]).keys("* ");
    let script = script.send(Msg::Asked(3, key(3))).keys("<enter>");
    assert_eq!(
        answers(&script),
        [(1, None), (2, Some(Answer::Yes)), (3, None)]
    );
}

#[test]
fn secrets_are_typed_unseen_and_handed_over_once() {
    let script = asked(vec![passphrase()]).keys("jqx?/ <backspace>3");
    assert!(!script.text().contains("jqx"), "{}", script.text());
    assert!(script.text().contains("(hidden)"));
    let script = script.keys("<enter>");
    let typed = Answer::Secrets(vec![Secret::from("jqx?/3")]);
    assert_eq!(answers(&script), [(1, Some(typed))]);
    assert!(!format!("{:?}", script.effects).contains("jqx"));

    let script = asked(vec![two_factors()]).keys("a<enter>b<enter>");
    let typed = Answer::Secrets(vec![Secret::from("a"), Secret::from("b")]);
    assert_eq!(answers(&script), [(1, Some(typed))]);

    let script = asked(vec![passphrase()]).send(Msg::Paste("pasted\nrest".into()));
    let typed = Answer::Secrets(vec![Secret::from("pasted")]);
    assert_eq!(answers(&script.keys("<enter>")), [(1, Some(typed))]);
}

#[test]
fn esc_declines_and_an_empty_secret_is_none() {
    let script = asked(vec![passphrase()]).keys("<enter><enter>");
    assert_eq!(answers(&script), []);
    assert_eq!(answers(&script.keys("abc<esc>")), [(1, None)]);
}

#[test]
fn a_question_waits_until_nothing_else_has_the_keys() {
    let script = Script::on(fleet::mixed()).keys("/web");
    let script = script.send(Msg::Asked(1, key(1)));
    assert!(script.model.overlay.is_none());
    assert!(script.model.notice.is_some(), "it is told of");
    let script = script.keys("x<enter>");
    assert!(matches!(script.model.overlay, Some(Overlay::Keys(_))));
    assert_eq!(answers(&script), []);
    // The next one follows the first.
    let script = script.send(Msg::Asked(2, passphrase())).keys("<esc>");
    assert!(matches!(script.model.overlay, Some(Overlay::Secret(_))));
}

#[test]
fn what_is_withdrawn_goes_away() {
    let script = asked(vec![key(1), key(2)]).keys("* ");
    let script = script.send(Msg::Withdrawn(2));
    assert!(matches!(script.model.overlay, Some(Overlay::Keys(_))));
    let script = script.send(Msg::Withdrawn(1));
    assert!(script.model.overlay.is_none());
    assert_eq!(answers(&script), []);
}
