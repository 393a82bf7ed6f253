//! Texts as agents read and write them, made from a seed: records, e-mails, source code, logs and
//! minutes. They are made as such texts are, set phrases included; how overlaps are found is not known here.

use serde_json::{Value, json};

/// A sequence of numbers that looks random (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number from `least` to less than `end`.
    pub(crate) fn number(&mut self, least: usize, end: usize) -> usize {
        let span = u64::try_from(end - least).expect("a small number");
        least + usize::try_from(self.next() % span).expect("less than a small number")
    }

    pub(crate) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.number(0, of.len())]
    }

    fn times<T>(&mut self, least: usize, end: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.number(least, end)).map(|_| make(self)).collect()
    }

    fn day(&mut self) -> String {
        format!("{}-{:02}-{:02}", self.number(2023, 2027), self.number(1, 13), self.number(1, 29))
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.number(0, 16)])).collect()
    }
}

/// What sort of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Record,
    Email,
    Code,
    Log,
    Minutes,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Record, Self::Email, Self::Code, Self::Log, Self::Minutes];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Record => "JSON",
            Self::Email => "e-mail",
            Self::Code => "code",
            Self::Log => "log",
            Self::Minutes => "minutes",
        }
    }

    /// A text of this kind; a record is JSON text.
    pub(crate) fn text(self, random: &mut Random) -> String {
        match self {
            Self::Record => in_order(&record(random)),
            Self::Email => email(random),
            Self::Code => code(random),
            Self::Log => log(random),
            Self::Minutes => minutes(random),
        }
    }
}

const FIRST: &[&str] = &[
    "Aino", "Bjarne", "Chidi", "Dagny", "Emil", "Fatou", "Goran", "Hedda", "Ilse", "Joaquim", "Kerttu", "Lubna",
    "Mateo", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sanjay", "Tove", "Ulrike", "Vito", "Wanda", "Xenia",
    "Yusuf", "Zofia",
];
const LAST: &[&str] = &[
    "Aaltonen",
    "Brandt",
    "Castellano",
    "Dube",
    "Eriksen",
    "Fofana",
    "Galic",
    "Haugland",
    "Ivanova",
    "Jansen",
    "Kowalska",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quist",
    "Rahman",
    "Sorensen",
    "Tanaka",
    "Underhill",
    "Vargas",
];
const CITY: &[&str] = &[
    "Aalborg",
    "Bergamo",
    "Cadiz",
    "Debrecen",
    "Espoo",
    "Faro",
    "Gdynia",
    "Haarlem",
    "Innsbruck",
    "Jyvaskyla",
    "Kaunas",
    "Lyon",
    "Malaga",
    "Nantes",
    "Oulu",
    "Porto",
    "Rijeka",
    "Split",
    "Tartu",
    "Uppsala",
    "Vilnius",
    "Wroclaw",
];
const THING: &[&str] = &[
    "contract",
    "invoice",
    "shipment",
    "warehouse",
    "forecast",
    "budget",
    "roadmap",
    "migration",
    "audit",
    "licence",
    "supplier",
    "campaign",
    "prototype",
    "dashboard",
    "backlog",
    "tender",
    "pipeline",
    "database",
    "release",
    "inspection",
    "agreement",
    "delivery",
    "report",
    "estimate",
    "workshop",
    "interview",
    "upgrade",
    "complaint",
    "refund",
    "certificate",
];
const QUALITY: &[&str] = &[
    "new",
    "final",
    "revised",
    "missing",
    "quarterly",
    "urgent",
    "internal",
    "signed",
    "regional",
    "annual",
    "broken",
    "delayed",
    "approved",
    "external",
    "preliminary",
    "joint",
    "outdated",
    "expensive",
    "second",
    "technical",
];
const DEED: &[&str] = &[
    "review",
    "postpone",
    "finish",
    "cancel",
    "replace",
    "extend",
    "discuss",
    "correct",
    "publish",
    "translate",
    "negotiate",
    "document",
    "simplify",
    "measure",
    "split",
    "merge",
    "archive",
    "renew",
    "check",
    "present",
    "approve",
    "rewrite",
];
const WHEN: &[&str] = &[
    "before the summer",
    "by Friday",
    "next week",
    "after the audit",
    "in the third quarter",
    "as soon as possible",
    "at the end of the month",
    "tomorrow morning",
    "once the tests pass",
    "during the next sprint",
    "on Monday",
    "this year",
];
const WHY: &[&str] = &[
    "because the supplier changed its prices",
    "since nobody was told",
    "as the customer asked for it",
    "so that support can answer",
    "although it costs more",
    "unless legal objects",
    "because two people left the team",
    "as long as the budget allows",
    "since the old one expires",
    "so that we are not late again",
];
const OPENING: &[&str] = &[
    "I hope you are well.",
    "Thank you for your quick reply.",
    "Following up on our call from yesterday.",
    "Sorry for the late answer.",
    "Just a short note before the weekend.",
    "As discussed, here is a summary.",
];
const CLOSING: &[&str] = &[
    "Please let me know if you have any questions.",
    "Looking forward to hearing from you.",
    "Thanks in advance for your help.",
    "Do not hesitate to contact me for details.",
    "Let me know what you think.",
];
const GREETING: &[&str] = &["Kind regards", "Best wishes", "Cheers", "Many thanks", "Yours sincerely"];

fn person(random: &mut Random) -> String {
    format!("{} {}", random.one(FIRST), random.one(LAST))
}

fn sentence(random: &mut Random) -> String {
    let thing = |random: &mut Random| format!("the {} {}", random.one(QUALITY), random.one(THING));
    let (one, other) = (thing(random), thing(random));
    let (name, deed, when, why) = (person(random), random.one(DEED), random.one(WHEN), random.one(WHY));
    let amount = random.number(12, 9_800);
    match random.number(0, 8) {
        0 => format!("{name} will {deed} {one} {when}."),
        1 => format!("We have to {deed} {one} and {other} {when}, {why}."),
        2 => format!("In {}, {one} took {amount} hours, {why}.", random.one(CITY)),
        3 => format!("Could you {deed} {one} {when}?"),
        4 => format!("{name} and {} disagree on whether to {deed} {one}.", person(random)),
        5 => format!("The cost of {one} went up to {amount} euros {when}; {other} stays as it is."),
        6 => format!("It was decided to {deed} {one} rather than {other}."),
        _ => format!(
            "{} {when}, {name} found {amount} errors in {one} and in {other}.",
            random.one(&["Already", "Only", "Not"])
        ),
    }
}

fn paragraph(random: &mut Random) -> String {
    random.times(2, 6, sentence).join(" ")
}

fn minutes(random: &mut Random) -> String {
    let present = random.times(3, 7, person).join(", ");
    let heading = format!("Minutes of the weekly meeting, {}\nPresent: {present}\n", random.day());
    let points = random.times(3, 7, paragraph);
    let points = points.iter().enumerate().map(|(number, text)| format!("{}. {text}", number + 1));
    format!("{heading}\n{}\n", points.collect::<Vec<_>>().join("\n\n"))
}

fn email(random: &mut Random) -> String {
    let (from, to) = (person(random), person(random));
    let address = |name: &str| {
        format!("{}@{}.example", name.to_lowercase().replace(' ', "."), ["north", "south"][name.len() % 2])
    };
    let subject = format!("{} {}", random.one(QUALITY), random.one(THING));
    let body = random.times(2, 5, paragraph).join("\n\n");
    format!(
        "From: {from} <{}>\nTo: {to} <{}>\nDate: {}\nSubject: {subject}\n\nDear {to},\n\n{}\n\n{body}\n\n{}\n\n{},\n{from}\n",
        address(&from),
        address(&to),
        random.day(),
        random.one(OPENING),
        random.one(CLOSING),
        random.one(GREETING),
    )
}

fn record(random: &mut Random) -> Value {
    let host = "https://api.crm.example/v2";
    let customer = |random: &mut Random| {
        let id = random.number(10_000, 99_999);
        let name = person(random);
        json!({
            "id": id,
            "url": format!("{host}/customers/{id}"),
            "name": name,
            "email": format!("{}@mail.example", name.to_lowercase().replace(' ', "_")),
            "address": { "street": format!("{} {}", random.one(LAST), random.number(1, 200)), "city": random.one(CITY), "country": random.one(&["DK", "ES", "FI", "PL", "PT"]) },
            "status": random.one(&["active", "paused", "closed"]),
            "created_at": format!("{}T00:00:00Z", random.day()),
            "updated_at": format!("{}T{:02}:{:02}:00Z", random.day(), random.number(0, 24), random.number(0, 60)),
            "balance": { "amount": random.number(0, 90_000), "currency": "EUR" },
            "tags": random.times(0, 4, |random| random.one(THING)),
            "note": random.times(0, 3, sentence).join(" "),
        })
    };
    let order = |random: &mut Random| {
        let number = random.number(100_000, 999_999);
        json!({
            "order_number": number,
            "href": format!("{host}/orders/{number}"),
            "lines": random.times(1, 5, |random| json!({
                "sku": format!("{}-{}", random.one(THING).to_uppercase(), random.number(100, 999)),
                "description": format!("{} {}", random.one(QUALITY), random.one(THING)),
                "quantity": random.number(1, 40),
                "unit_price": f64::from(u32::try_from(random.number(100, 90_000)).expect("a small number")) / 100.0,
            })),
            "ship_to": { "name": person(random), "city": random.one(CITY) },
            "trace": random.hex(32),
            "state": random.one(&["open", "shipped", "returned"]),
        })
    };
    if random.number(0, 2) == 0 {
        json!({ "object": "list", "has_more": false, "data": random.times(1, 6, customer) })
    } else {
        json!({ "object": "list", "has_more": true, "data": random.times(1, 6, order) })
    }
}

/// JSON text with the keys of every object in the same order, which is not that of the alphabet.
fn in_order(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(in_order).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| (key.len(), key.bytes().next_back()));
            let members = members.into_iter().map(|(key, value)| format!("{}:{}", json!(key), in_order(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

fn code(random: &mut Random) -> String {
    let python = random.number(0, 2) == 0;
    let name = |random: &mut Random| format!("{}_{}", random.one(DEED), random.one(THING));
    let statement = |random: &mut Random| {
        let (one, other, called) = (random.one(THING), random.one(QUALITY), name(random));
        let (limit, field) = (random.number(2, 900), random.one(DEED));
        match (random.number(0, 8), python) {
            (0, true) => format!("    if {one} is None:\n        raise ValueError(\"{one} is required\")\n"),
            (1, true) => format!(
                "    for item in {called}({one}):\n        if item.{other} > {limit}:\n            continue\n        result.append(item)\n"
            ),
            (2, true) => {
                format!("    with open({one}_path, encoding=\"utf-8\") as file:\n        {other} = json.load(file)\n")
            }
            (3, true) => format!("    {one} = [{field}(x) for x in {one} if x.{other} not in seen]\n"),
            (4, true) => format!(
                "    logging.warning(\"{other} %s: {} {} left\", {one}, {limit})\n",
                random.one(WHY),
                random.one(QUALITY)
            ),
            (5, true) => format!(
                "    try:\n        {called}({one}, {other}={limit})\n    except KeyError as error:\n        logging.exception(error)\n"
            ),
            (6, true) => format!("    # {}\n", sentence(random)),
            (_, true) => format!("    return {{\"{one}\": {called}({other}), \"{field}\": {limit}}}\n"),
            (0, false) => format!("    let {one} = {one}.ok_or(Error::Missing(\"{other} {one}\"))?;\n"),
            (1, false) => format!(
                "    for item in {called}(&{one})? {{\n        if item.{other} > {limit} {{\n            continue;\n        }}\n        result.push(item.clone());\n    }}\n"
            ),
            (2, false) => {
                format!("    let {other} = std::fs::read_to_string({one}.path()).map_err(Error::{field}Failed)?;\n")
            }
            (3, false) => format!("    let {one}: Vec<_> = {one}.iter().filter(|x| x.{other} < {limit}).collect();\n"),
            (4, false) => format!(
                "    match {called}({one}) {{\n        Ok({other}) => self.{field}.push({other}),\n        Err(error) => return Err(error.into()),\n    }}\n"
            ),
            (5, false) => format!("    assert!({one}.len() <= {limit}, \"{other} {}\");\n", random.one(WHY)),
            (6, false) => format!("    // {}\n", sentence(random)),
            (_, false) => format!("    self.{one}.entry({other}).or_default().{field}({limit});\n"),
        }
    };
    let functions = random.times(3, 8, |random| {
        let (called, given, other) = (name(random), random.one(THING), random.one(QUALITY));
        let about = sentence(random);
        let body = random.times(2, 7, statement).concat();
        if python {
            format!("def {called}({given}, {other}=None):\n    \"\"\"{about}\"\"\"\n{body}")
        } else {
            format!("/// {about}\npub fn {called}({given}: &[Item], {other}: Option<usize>) -> Result<(), Error> {{\n{body}    Ok(())\n}}\n")
        }
    });
    let (head, end) = if python {
        (
            "import json\nimport logging\nfrom dataclasses import dataclass\n",
            "\nif __name__ == \"__main__\":\n    main()\n",
        )
    } else {
        ("use std::collections::HashMap;\nuse std::fmt;\n", "")
    };
    format!("{head}\n{}{end}", functions.join("\n"))
}

/// Each log is of one service, and each service has a format of its own.
fn log(random: &mut Random) -> String {
    let (style, day) = (random.number(0, 4), random.day());
    let host = format!("{}-{}", random.one(THING), random.number(1, 9));
    let service = format!("{}_{}", random.one(DEED), random.one(THING));
    let lines = random.times(8, 24, |random| {
        let time = format!("{:02}:{:02}:{:02}", random.number(0, 24), random.number(0, 60), random.number(0, 60));
        let (level, id, ms) = (random.one(&["INFO", "INFO", "WARN", "ERROR"]), random.hex(16), random.number(1, 4_000));
        let (deed, thing, number) = (random.one(DEED), random.one(THING), random.number(1, 9_999));
        let address = format!("10.{}.{}.{}", random.number(0, 256), random.number(0, 256), random.number(0, 256));
        let what = match random.number(0, 5) {
            0 => format!("could not {deed} {thing} {number}: {}", random.one(&["connection reset by peer", "no such file or directory", "permission denied", "deadline exceeded"])),
            1 => format!("worker {} started to {deed} the {thing} queue, {number} items waiting", random.number(1, 32)),
            2 => format!("user {} logged in from {address}", person(random).to_lowercase().replace(' ', ".")),
            3 => format!("{thing} {number} done in {ms} ms"),
            _ => format!("cache miss for {thing}:{id}"),
        };
        match style {
            0 => format!("time={day}T{time}Z level={level} service={service} trace={id} duration_ms={ms} msg=\"{what}\""),
            1 => format!("{address} - - [{day}:{time} +0000] \"GET /{service}/{thing}s/{number} HTTP/1.1\" 200 {ms} \"-\" \"curl/8.5.0\""),
            2 => format!("{day} {time} {host} {service}[{}]: {what}", random.number(100, 9_999)),
            _ => format!("{day} {time},{:03} {level} [pool-{}] com.example.{service}.{thing} - {what}", ms % 1_000, random.number(1, 9)),
        }
    });
    lines.join("\n") + "\n"
}
