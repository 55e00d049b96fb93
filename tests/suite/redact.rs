//! Nothing that may be secret survives redaction, and what is harmless stays readable.

use plimsoll::domain::evidence::secret::Looks;
use plimsoll::redact::Redactor;
use proptest::prelude::*;

fn redactor() -> Redactor {
    Redactor::new([7; 32])
}

fn looks(name: &str, value: &str) -> Looks {
    redactor().hidden(name, value).looks
}

#[test]
fn values_with_the_form_of_a_secret_are_told_whatever_their_name() {
    let secrets = [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "AKIAUOQQRXIVBTCJBS5Z",
        "ghp_1KpeZUaLJ4d8jOCs4bWYTI6wLqeeHq1PkCJV",
        "github_pat_11ABCDEFG0123456789_abcdefghijkl",
        "glpat-abcdefghij1234567890",
        "xoxb-123456789012-abcdefghijkl",
        "https://hooks.slack.com/services/T000/B000/Qm4zabcdef",
        "sk_live_3gc3FnJxFkQjVDZRucq2zyw8",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
        "postgres://lab-user:EzVMGPBnu3mY2lhm12@db.example.org/shop",
        "http://u:p@ss/w0rd@proxy:3128",
        "Server=db;User Id=sa;Password=hunter22;",
        "username=svc,password=vol-zBYX",
        "host=db password=hunter22 dbname=x",
        "SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv",
    ];
    for value in secrets {
        assert_eq!(looks("NOTE", value), Looks::Secret, "{value}");
    }
}

#[test]
fn a_telling_name_with_a_random_value_is_a_secret_and_with_a_word_a_suspicion() {
    assert_eq!(looks("DB_PASSWORD", "Pls0lR8acRYSi4MDF8kW"), Looks::Secret);
    assert_eq!(looks("stripe.key", "a1b2c3d4e5f6a7b8"), Looks::Secret);
    assert_eq!(looks("DB_PASSWORD", "changeme"), Looks::NameOnly);
    assert_eq!(looks("api-token", "swordfish"), Looks::NameOnly);
}

#[test]
fn what_only_sounds_like_a_secret_is_spared() {
    let harmless = [
        ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"),
        ("GPG_KEYS", "94AE36675C464D64BAFA68DD7434390BDBE9B9C5"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/db"),
        ("DB_PASSWORD", "/run/secrets/db"),
        ("PYTHON_SHA256", "d8f9a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2"),
        ("TOKEN_TTL", "3600seconds1"),
        ("PWD", "/srv/app1/thing"),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/bin1"),
        ("DB_PASSWORD", ""),
        ("USE_TOKEN", "true"),
        ("PASSWORD", "${DB_PASSWORD}"),
        ("SSL_KEY", "/etc/ssl/private/web1.pem"),
        ("BACKEND", "http://backend:8080/api@v1"),
        ("ENDPOINT", "https://example.org:8443/a@b"),
    ];
    for (name, value) in harmless {
        assert_eq!(looks(name, value), Looks::Harmless, "{name}={value}");
    }
}

/// A command line as words, and what of it may be seen.
fn command(words: &[&str]) -> (Vec<String>, usize) {
    let scrubbed = redactor().command(words);
    (scrubbed.shown, scrubbed.secrets.len())
}

#[test]
fn command_lines_keep_their_words_and_lose_their_secrets() {
    let cases: &[(&[&str], &[&str], usize)] = &[
        (
            &["nginx", "-g", "daemon off;"],
            &["nginx", "-g", "daemon off;"],
            0,
        ),
        (
            &["httpd", "-f", "-p", "80", "-h", "/srv"],
            &["httpd", "-f", "-p", "80", "-h", "/srv"],
            0,
        ),
        (
            &["app", "--password=hunter2"],
            &["app", "--password=(hidden)"],
            1,
        ),
        (
            &["backup", "--password", "cmd-4davDsREymZ"],
            &["backup", "--password", "(hidden)"],
            1,
        ),
        (
            &["app", "--password", "--verbose"],
            &["app", "--password", "--verbose"],
            0,
        ),
        (
            &["app", "--password-file", "/etc/pw"],
            &["app", "--password-file", "/etc/pw"],
            0,
        ),
        (
            &["mysqldump", "-phunter2", "shop"],
            &["mysqldump", "-p(hidden)", "shop"],
            1,
        ),
        (
            &["redis-server", "--requirepass", "hunter2"],
            &["redis-server", "--requirepass", "(hidden)"],
            1,
        ),
        (
            &["curl", "-u", "me:hunter2", "http://x/"],
            &["curl", "-u", "me:(hidden)", "http://x/"],
            1,
        ),
        (
            &["sh", "-c", "PASSWORD=hunter2"],
            &["sh", "-c", "PASSWORD=(hidden)"],
            1,
        ),
        (
            &["app", "postgres://u:pw@db/x"],
            &["app", "postgres://u:(hidden)@db/x"],
            1,
        ),
        (
            &["wget", "http://127.0.0.1/?key=hunter2&a=b"],
            &["wget", "http://127.0.0.1/?key=(hidden)&a=b"],
            1,
        ),
        (
            &["java", "-Djdbc.password=hunter2"],
            &["java", "-Djdbc.password=(hidden)"],
            1,
        ),
        (&["x", "FPzmV4eAk5M7ByFgDcEW7AKW"], &["x", "(hidden)"], 0),
    ];
    for (words, shown, secrets) in cases {
        let (got, count) = command(words);
        assert_eq!(got, *shown);
        assert_eq!(count, *secrets, "{words:?}");
    }
}

#[test]
fn secrets_inside_shell_text_are_found_and_the_rest_stays() {
    let shown = redactor()
        .text(
            "apt-get update && DEBUG=1 TOKEN=abc123 pip install app; curl --user 'me:pw' x | tee y",
        )
        .shown;
    assert_eq!(
        shown,
        "apt-get update && DEBUG=1 TOKEN=(hidden) pip install app; curl --user 'me:(hidden)' x | tee y"
    );
    let nested = redactor().text(r#"CMD ["/bin/sh" "-c" "PASSWORD=imc-juZSib exec httpd -f"]"#);
    assert_eq!(
        nested.shown,
        r#"CMD ["/bin/sh" "-c" "PASSWORD=(hidden) exec httpd -f"]"#
    );
    assert_eq!(nested.secrets.len(), 1);
    let quoted = redactor()
        .text(r#"export PASSWORD="two words here" next"#)
        .shown;
    assert_eq!(quoted, "export PASSWORD=(hidden) next");
}

#[test]
fn build_steps_lose_every_value_that_was_set() {
    let cases = [
        (
            "ENV DB_PASSWORD=img-nx5xrbw0 PLAIN=anything",
            "ENV DB_PASSWORD=(hidden) PLAIN=(hidden)",
            1,
        ),
        (
            "/bin/sh -c #(nop)  ENV DB_PASSWORD=img-nx5xrbw0",
            "ENV DB_PASSWORD=(hidden)",
            1,
        ),
        (
            "/bin/sh -c #(nop)  LABEL maintainer=A Person <a@b.c> api_key=iml-OmSpnXJz",
            "LABEL maintainer=(hidden) api_key=(hidden)",
            1,
        ),
        ("ENV OLD form of value", "ENV OLD (hidden)", 0),
        ("ARG TOKEN", "ARG TOKEN", 0),
        (
            "RUN |2 TOKEN=hist-BExM3t NOTE=a b /bin/sh -c pip install app # buildkit",
            "RUN |2 TOKEN=(hidden) NOTE=(hidden) /bin/sh -c pip install app # buildkit",
            1,
        ),
        (
            "|1 TOKEN=hist-BExM3t /bin/sh -c pip install app",
            "|1 TOKEN=(hidden) /bin/sh -c pip install app",
            1,
        ),
        (
            "RUN /bin/sh -c TOKEN=hist-BExM3t pip install # buildkit",
            "RUN /bin/sh -c TOKEN=(hidden) pip install # buildkit",
            1,
        ),
        ("/bin/sh -c apt-get update", "/bin/sh -c apt-get update", 0),
        ("ONBUILD ENV A=secretthing", "ONBUILD ENV A=(hidden)", 0),
        ("COPY file:abc in /srv", "COPY file:abc in /srv", 0),
    ];
    for (step, shown, secrets) in cases {
        let scrubbed = redactor().step(step);
        assert_eq!(scrubbed.shown, shown);
        assert_eq!(scrubbed.secrets.len(), secrets, "{step}");
    }
}

#[test]
fn equal_values_share_a_fingerprint_under_one_key_only() {
    let one = redactor().hidden("A", "value");
    assert_eq!(one.fingerprint, redactor().hidden("B", "value").fingerprint);
    let other = Redactor::new([8; 32]).hidden("A", "value");
    assert_ne!(one.fingerprint, other.fingerprint);
    assert!(!format!("{:?}", redactor()).contains('7'));
}

#[test]
fn terminal_escapes_do_not_survive_redaction() {
    let shown = redactor()
        .command(&["sh", "-c", "exec sleep 1 # \u{1b}[1A\u{1b}[2K"])
        .shown;
    assert!(
        shown.iter().all(|word| !word.contains('\u{1b}')),
        "{shown:?}"
    );
}

#[test]
fn a_megabyte_of_bait_is_cut_not_chewed() {
    for bait in [
        "://",
        "hvs.",
        "eyJ",
        "'\"",
        "?a=&",
        "-----BEGIN",
        "([{",
        "A=\"",
        "\u{e9}",
    ] {
        let text = bait.repeat(1_000_000 / bait.len());
        assert!(redactor().text(&text).shown.chars().count() <= 513);
        assert!(
            redactor()
                .step(&format!("ENV {text}"))
                .shown
                .chars()
                .count()
                <= 513
        );
        assert_eq!(redactor().hidden("A", &text).length as usize, text.len());
    }
}

/// A secret as people make them up: letters and digits, never a word that appears in the text around it.
fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9]{10,28}[0-9]{2}"
}

proptest! {
    #[test]
    fn no_planted_value_survives(secret in secret(), frame in 0_usize..16) {
        let frames = [
            "app --password {} --verbose",
            "app --password={}",
            "PASSWORD={} app",
            "export API_TOKEN='{}'; app",
            "export API_TOKEN=\"{}\" && app",
            "sh -c \"DB_PASSWORD={} exec app\"",
            "curl -u me:{} http://x/",
            "curl 'https://x/y?token={}&z=1'",
            "wget http://u:{}@proxy:3128/",
            "app redis://:{}@cache:6379/0",
            "CMD [\"/bin/sh\" \"-c\" \"PASSWORD={} exec httpd\"]",
            "app -Djavax.net.ssl.keyStorePassword={}",
            "app --secret-key {}",
            "(TOKEN={} app)",
            "app {\"password\":\"x\"} --auth-token={}",
            "echo x;SECRET={};y",
        ];
        let text = frames[frame].replace("{}", &secret);
        let scrubbed = redactor().text(&text);
        prop_assert!(!scrubbed.shown.contains(&secret), "{}", scrubbed.shown);
        let words: Vec<&str> = text.split(' ').collect();
        let scrubbed = redactor().command(&words);
        prop_assert!(!scrubbed.shown.join(" ").contains(&secret), "{:?}", scrubbed.shown);
        for step in [
            format!("ENV A={secret} B=c"),
            format!("/bin/sh -c #(nop)  LABEL a={secret} tail b=c"),
            format!("|2 A={secret} B=x y /bin/sh -c make"),
            format!("RUN |1 A={secret} /bin/sh -c make # buildkit"),
            format!("ENV LEGACY {secret} and more"),
            format!("RUN /bin/sh -c {text}"),
        ] {
            let scrubbed = redactor().step(&step);
            prop_assert!(!scrubbed.shown.contains(&secret), "{}", scrubbed.shown);
        }
    }

    #[test]
    fn any_text_is_taken_without_a_fall(text in "\\PC{0,200}", words in proptest::collection::vec("\\PC{0,30}", 0..8)) {
        let _kept = redactor().text(&text);
        let _kept = redactor().step(&text);
        let _kept = redactor().command(&words);
        let _kept = redactor().hidden(&text, &text);
    }
}
