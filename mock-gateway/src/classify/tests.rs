//! What is found, what only looks alike, and how often the two are taken for each other.

use super::*;
use crate::json::Quoted;
use crate::seed::{Seed, Stream};

fn found(text: &str) -> Vec<(Class, &str)> {
    findings(text).into_iter().map(|finding| (finding.class, &text[finding.range])).collect()
}

/// Digits and letters that look random: `count` of `alphabet`, with a digit and a letter in front
/// where the alphabet has both.
fn some(alphabet: &str, count: usize, number: u64) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let pick = |place: usize| {
        let draw = Seed(number).even(Stream::Delay, place as u64) * letters.len() as f64;
        letters[draw as usize]
    };
    let digit = letters.iter().find(|letter| letter.is_ascii_digit()).copied().unwrap_or(letters[0]);
    std::iter::once(digit).chain((1..count).map(pick)).collect()
}

const ALNUM: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const UPPER: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const HEX: &str = "0123456789abcdef";
const DIGITS: &str = "0123456789";

/// Tokens in the forms of their issuers; assembled, so that no scanner takes this file for a leak.
fn secrets() -> Vec<String> {
    let mut forms = vec![
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----".to_owned(),
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOY\n-----END PGP PRIVATE KEY BLOCK-----".to_owned(),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "iv_live_12345678".to_owned(),
        format!("SG.{}.{}", some(ALNUM, 22, 1), some(ALNUM, 43, 2)),
        format!("eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}", some(ALNUM, 30, 1), some(ALNUM, 43, 2)),
        format!("{}:AA{}", some("123456789", 9, 1), some(ALNUM, 33, 2)),
        format!("Bearer {}", some(ALNUM, 24, 1)),
        "Basic dXNlcjpodW50ZXIyIQ==".to_owned(),
        format!("sk-{}", "abcdefghijklmnopqrst"),
        format!("sk-ant-api03-{}", some(ALNUM, 80, 1)),
        format!("sk-proj-{}", some(ALNUM, 48, 1)),
        format!("hooks.slack.com/services/T{}/B{}/{}", some(UPPER, 10, 1), some(UPPER, 10, 2), some(ALNUM, 24, 3)),
        format!("discord.com/api/webhooks/{}/{}", some(DIGITS, 19, 1), some(ALNUM, 68, 2)),
    ];
    for (prefix, alphabet, length) in [
        ("ASIA", UPPER, 16),
        ("ghp_", ALNUM, 36),
        ("ghs_", ALNUM, 36),
        ("github_pat_", ALNUM, 60),
        ("glpat-", ALNUM, 20),
        ("xoxb-", ALNUM, 50),
        ("xapp-", ALNUM, 50),
        ("sk_live_", ALNUM, 24),
        ("rk_test_", ALNUM, 24),
        ("whsec_", ALNUM, 32),
        ("AIza", ALNUM, 35),
        ("GOCSPX-", ALNUM, 28),
        ("ya29.", ALNUM, 60),
        ("npm_", ALNUM, 36),
        ("pypi-AgE", ALNUM, 80),
        ("rubygems_", HEX, 48),
        ("dckr_pat_", ALNUM, 27),
        ("shpat_", HEX, 32),
        ("dop_v1_", HEX, 64),
        ("hvs.", ALNUM, 90),
        ("dapi", HEX, 32),
        ("SK", HEX, 32),
        ("key-", HEX, 32),
        ("hf_", ALNUM, 34),
        ("gsk_", ALNUM, 52),
        ("r8_", ALNUM, 37),
        ("lin_api_", ALNUM, 40),
        ("ntn_", ALNUM, 46),
        ("secret_", ALNUM, 43),
        ("figd_", ALNUM, 40),
        ("PMAK-", ALNUM, 59),
        ("NRAK-", UPPER, 27),
        ("glsa_", ALNUM, 41),
        ("dp.pt.", ALNUM, 43),
        ("pscale_tkn_", ALNUM, 43),
        ("sbp_", HEX, 40),
        ("ATATT3x", ALNUM, 180),
        ("ATBB", ALNUM, 32),
        ("sq0atp-", ALNUM, 22),
        ("CFPAT-", ALNUM, 43),
        ("AGE-SECRET-KEY-1", UPPER, 58),
        ("iv_eph_", HEX, 32),
    ] {
        forms.push(format!("{prefix}{}", some(alphabet, length, 7)));
    }
    forms
}

const PERSONAL: [&str; 28] = [
    "jo.doe+x@mail.example.org",
    "JO@EXAMPLE.CO.UK",
    "219-09-9999",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "5500005555555559",
    "378282246310005",
    "6011111111111117",
    "3530111333300000",
    "30569309025904",
    "2223003122003222",
    "+41 44 668 18 00",
    "+14155550123",
    "+44 (20) 7946 0958",
    "(212) 555-0123",
    "212-555-0123",
    "212.555.0123",
    "DE89 3704 0044 0532 0130 00",
    "GB82WEST12345698765432",
    "CH9300762011623852957",
    "FR1420041010050500013M02606",
    "NO9386011117947",
    "MT84MALT011000012345MTLCAST001S",
    "756.9217.0769.85",
    "529.982.247-25",
    "130-692-544",
    "AB123456C",
    "AB 12 34 56 C",
];

#[test]
fn each_form_is_found_alone_and_inside_a_sentence() {
    let secrets = secrets();
    let secrets = secrets.iter().map(|form| (Class::Secrets, form.as_str()));
    for (class, form) in secrets.chain(PERSONAL.map(|form| (Class::Pii, form))) {
        assert_eq!(found(form), [(class, form)]);
        assert_eq!(found(&format!("say ({form}), then go")), [(class, form)]);
        assert_eq!(found(&format!("It is {form}.")), [(class, form)]);
    }
}

#[test]
fn a_name_gives_a_secret_away() {
    for (text, secret) in [
        ("password=hunter2 and more", "hunter2"),
        ("DB_PASSWORD: 'tr0ub4dor&3'", "tr0ub4dor"),
        (r#"client_secret = "a1b2c3d4e5""#, "a1b2c3d4e5"),
        ("Authorization: Token abcdef123456", "abcdef123456"),
        ("AccountKey=Zm9vYmFyMTIz==;EndpointSuffix=core", "Zm9vYmFyMTIz=="),
        ("api-key := k3y-0123456", "k3y-0123456"),
        ("?token=0123456789abcdef0", "0123456789abcdef0"),
        ("postgres://app:s3cret@db.example:5432/x", "s3cret"),
        ("https://user:p@ss@host.example/", "p@ss"),
    ] {
        assert_eq!(found(text), [(Class::Secrets, secret)], "{text}");
    }
}

#[test]
fn what_only_looks_alike_is_left_alone() {
    for text in [
        "4111 1111 1111 1112",
        "1111111111111117",
        "1785000000000",
        "0.4111111111111111",
        "000-12-3456",
        "219-00-9999",
        "xAKIAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLEX",
        "sk-short",
        "sk-fading-circle-container-wide",
        "task-abcdefghijklmnopqrst",
        "bearer of news",
        "bearer responsibilities",
        "Basic authentication",
        "a@b",
        "@example.org",
        "me@localhost",
        "git@github.com:me/it.git",
        "icon@2x.png",
        "serde@1.0.228",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00+01:00",
        "550e8400-e29b-41d4-a716-446655440000",
        "012-555-0123",
        "211-411-0123",
        "1+2 345",
        "GB82WEST12345698765433",
        "QQ123456C",
        "AB123456E",
        "111.111.111-11",
        "-----BEGIN PUBLIC KEY-----",
        "password: required",
        "password=${PASSWORD}",
        "password = os.environ['X1']",
        "secret = load_secret2(path)",
        "token: String",
        "token = node.a_long_name_2",
        "max_tokens: 4096",
        "next_page_token=2",
        "api_key: <your-api-key1>",
        "secret_of_the_old_house_by_the_lake_in_winter",
        "https://host.example:8080/a@b",
        "https://example.org/p?a=1&b=2",
        "",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn findings_do_not_overlap_and_keep_their_order() {
    let text = "a@b.org,c@d.org sk-abcdefghijklmnopqrst 4111111111111111 end";
    let classes: Vec<_> = found(text).into_iter().map(|(class, _)| class).collect();
    assert_eq!(classes, [Class::Pii, Class::Pii, Class::Secrets, Class::Pii]);
    assert_eq!(found("-----BEGIN PRIVATE KEY-----\nMII"), [(Class::Secrets, "-----BEGIN PRIVATE KEY-----\nMII")]);
}

#[test]
fn the_user_of_a_url_may_be_an_address() {
    let both = [(Class::Pii, "jo@example.org"), (Class::Secrets, "s3cret")];
    assert_eq!(found("see db://jo@example.org:s3cret@host"), both);
}

#[test]
fn a_long_address_is_one() {
    let long = format!("{}@example.org", "jo.".repeat(30));
    assert_eq!(findings(&long), [Finding { range: 0..long.len(), class: Class::Pii }]);
}

#[test]
fn urls_are_read_with_their_percent_signs() {
    let found = |text: &'static str| -> Vec<_> { url(text).into_iter().map(|finding| &text[finding.range]).collect() };
    assert_eq!(found("https://a.example/?to=jo%40example.org&n=1"), ["jo%40example.org"]);
    assert_eq!(found("https://a.example/?api%5Fkey=a1b2c3d4&q=%F0%9F%98%80"), ["a1b2c3d4"]);
    assert_eq!(found("https://a.example/%zz%4?q=jo@example.org"), ["jo@example.org"]);
    assert_eq!(found("https://a.example/50%25off"), [""; 0]);
}

/// Ordinary things that have long numbers, hashes and identifiers in them.
fn ordinary(number: u64) -> Vec<String> {
    let digits = |count, salt: u64| some(DIGITS, count, number * 31 + salt);
    let hex = |count, salt: u64| some(HEX, count, number * 37 + salt);
    let alnum = |count, salt: u64| some(ALNUM, count, number * 41 + salt);
    let two = |salt| format!("{:02}", number.wrapping_mul(salt) % 60);
    vec![
        format!("{}-{}-4{}-a{}-{}", hex(8, 1), hex(4, 2), hex(3, 3), hex(3, 4), hex(12, 5)),
        format!("commit {}", hex(40, 6)),
        format!("sha256:{}", hex(64, 7)),
        format!("sha512-{}==", alnum(86, 8)),
        format!("order #{} of customer {}", digits(10, 9), digits(8, 10)),
        format!("17{}", digits(11, 11)),
        format!("0.{}", digits(17, 12)),
        format!("{},{}", digits(3, 13), digits(5, 14)),
        format!("2026-0{}-1{}T{}:{}:{}.{}Z", number % 9 + 1, number % 10, two(3), two(5), two(7), digits(6, 15)),
        format!("10.{}.{}.{}:{}", number % 256, number % 251, number % 241, 1024 + number % 60_000),
        format!("v{}.{}.{}-rc.{}", number % 40, number % 60, number % 90, number % 9),
        format!("978-{}-{}-{}-{}", number % 10, digits(4, 16), digits(4, 17), number % 10),
        format!("#{}", hex(6, 18)),
        format!("https://cdn.example/assets/app.{}.js?v={}", hex(8, 19), digits(10, 20)),
        format!("src/module_{}/file_{}.rs:{}:{}", number, digits(3, 21), number % 900, number % 80),
        format!("request_id={} took {}ms", alnum(22, 22), number % 5000),
        format!("{{\"cursor\":\"{}\",\"count\":{}}}", alnum(28, 23), digits(6, 24)),
        format!("i-0{} in eu-west-{}", hex(16, 25), number % 4),
        format!("arn:aws:iam::{}:role/app", digits(12, 26)),
        format!("EUR {}.{} / USD {}", digits(7, 27), two(11), digits(5, 28)),
        format!("pages {}-{}, lines {}", number % 900, number % 900 + 7, digits(4, 29)),
        format!("tracking {}", digits(20, 30)),
        format!("{}x{}+{}+{}", number % 4000, number % 3000, number % 100, number % 100),
        format!("etag W/\"{}\"", alnum(27, 31)),
    ]
}

#[test]
fn false_alarms_on_ordinary_identifiers_are_rare() {
    let (mut texts, mut alarms) = (0, Vec::new());
    for number in 0..2_000 {
        for text in ordinary(number) {
            texts += 1;
            if !findings(&text).is_empty() {
                alarms.push(text);
            }
        }
    }
    println!(
        "{} false alarms in {texts} ordinary texts: {:?}",
        alarms.len(),
        alarms.iter().take(5).collect::<Vec<_>>()
    );
    assert!(alarms.len() * 2_000 <= texts, "{} in {texts}: {alarms:#?}", alarms.len());
}

#[test]
fn random_numbers_of_a_cards_length_seldom_pass_for_one() {
    let passes =
        (0..20_000).filter(|number| !findings(&some(DIGITS, 16, *number).replace('0', "4")).is_empty()).count();
    let blind = (0..20_000).filter(|number| !findings(&some(DIGITS, 16, *number)).is_empty()).count();
    println!("cards among random numbers of 16 digits: {blind} in 20000 from 0, {passes} in 20000 from 4");
    assert!(blind < 20 && passes < 20_000 / 8, "{blind} {passes}");
}

#[test]
fn documents_are_searched_by_value_key_number_and_name() {
    for (text, findings) in [
        (r#"{"password":"correct horse","user":"jo"}"#, vec!["correct horse"]),
        (r#"{"db":{"clientSecret":"abc-def"},"pin":[1,2]}"#, vec!["abc-def"]),
        (r#"{"api_key":1234567,"max_tokens":4096,"token":"next"}"#, vec!["1234567"]),
        (r#"{"token":"0123456789abcdefX","secret":null,"password":""}"#, vec!["0123456789abcdefX"]),
        (r#"{"password":{"type":"string"},"secret":["a"],"authorization":"${AUTH}"}"#, vec![]),
        (r#"{"note":"{\"password\":\"hunter2\"}"}"#, vec!["hunter2"]),
        (r#"{"note":"[\"{\\\"to\\\":\\\"jo@example.org\\\"}\"]"}"#, vec!["jo@example.org"]),
        (r#"{"link":"see https://a.example/?m=jo%40example.org"}"#, vec!["jo%40example.org"]),
        (r#"["jo\u0040example.org",4111111111111111]"#, vec![r"jo\u0040example.org", "4111111111111111"]),
        (r#"{"jo@example.org":1}"#, vec!["jo@example.org"]),
    ] {
        let fields = document(text);
        let seen: Vec<_> =
            fields.iter().flat_map(|field| &field.findings).map(|finding| &text[finding.range.clone()]).collect();
        assert_eq!(seen, findings, "{text}");
    }
}

#[test]
fn long_texts_cost_no_more_than_their_length() {
    let started = std::time::Instant::now();
    let units = [
        "a.",
        "1 ",
        "1-1",
        "@",
        "+1",
        "a@",
        "-----BEGIN ",
        "sk-",
        "(2",
        "eyJ",
        "a=",
        "token=",
        "://",
        "a:b@",
        "xoxb-",
        "DE89 ",
    ];
    for unit in units {
        let text = unit.repeat(32 * 1024 / unit.len());
        _ = findings(&text);
        _ = url(&text.replace('a', "%61"));
        _ = document(&format!("[{}]", Quoted(&text)));
        _ = document(&format!("{}1{}", "[".repeat(500), "]".repeat(500)));
    }
    assert!(started.elapsed().as_secs() < 30, "a quadratic search takes minutes here: {:?}", started.elapsed());
}
