//! Personal data by its form, and by its check digits where it has them. Never by a name.

use std::ops::Range;

use super::{is_word, run};

/// The length of the personal data that starts at `at`; addresses are found at their `@` instead.
pub(super) fn length(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let length = match rest.first()? {
        // Not the decimals of a number, and not a part of a longer row of groups.
        b'0'..=b'9' if at > 0 && is_glued(bytes, at) => None,
        b'0'..=b'9' => social_security(rest)
            .or_else(|| card(rest))
            .or_else(|| swiss(rest))
            .or_else(|| brazilian(rest))
            .or_else(|| canadian(rest))
            .or_else(|| phone(rest)),
        b'(' | b'+' => phone(rest),
        b'A'..=b'Z' => iban(rest).or_else(|| british(rest)),
        _ => None,
    }?;
    let after = &rest[length..];
    let goes_on = match after {
        [b'-' | b'.', next, ..] => next.is_ascii_alphanumeric(),
        [next, ..] => is_word(*next),
        [] => false,
    };
    (!goes_on).then_some(length)
}

fn is_glued(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[at - 1], b'.' | b'-') && at > 1 && is_word(bytes[at - 2])
}

/// Reads `shape` off the bytes, `d` standing for a digit; the digits.
fn shaped(bytes: &[u8], shape: &str) -> Option<Vec<u8>> {
    let part = bytes.get(..shape.len())?;
    let fits = |(byte, form): (&u8, u8)| if form == b'd' { byte.is_ascii_digit() } else { *byte == form };
    let digits = || part.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect();
    part.iter().zip(shape.bytes()).all(fits).then(digits)
}

/// A US social security number; area, group and serial that are never issued do not count.
fn social_security(bytes: &[u8]) -> Option<usize> {
    const SHAPE: &str = "ddd-dd-dddd";
    let digits = shaped(bytes, SHAPE)?;
    let (area, group, serial) = (&digits[..3], &digits[3..5], &digits[5..]);
    let issued = area != [0, 0, 0] && area != [6, 6, 6] && area[0] != 9 && group != [0, 0] && serial != [0; 4];
    issued.then_some(SHAPE.len())
}

/// A payment card number: the length and the beginning of an issuer, single spaces or dashes
/// between, right by Luhn.
fn card(bytes: &[u8]) -> Option<usize> {
    if !matches!(bytes[0], b'2'..=b'6') {
        return None;
    }
    let (mut digits, mut best, mut at) = (Vec::with_capacity(19), None, 0);
    while digits.len() < 19 {
        match bytes.get(at) {
            Some(digit @ b'0'..=b'9') => digits.push(digit - b'0'),
            Some(b' ' | b'-') if at > 0 && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        at += 1;
        let complete = bytes[at - 1].is_ascii_digit() && !bytes.get(at).is_some_and(u8::is_ascii_digit);
        if complete && is_issued(&digits) && luhn(&digits) {
            best = Some(at);
        }
    }
    best
}

/// The ranges of ISO/IEC 7812 that card networks publish, with their lengths.
fn is_issued(digits: &[u8]) -> bool {
    if digits.len() < 14 {
        return false;
    }
    let start = digits[..4].iter().fold(0_u16, |number, digit| number * 10 + u16::from(*digit));
    matches!(
        (digits.len(), start),
        (16 | 19, 4000..=4999)
            | (16, 5100..=5599 | 2221..=2720)
            | (15, 3400..=3499 | 3700..=3799)
            | (16..=19, 6011 | 6440..=6599 | 6200..=6299 | 3528..=3589)
            | (14, 3000..=3059 | 3600..=3699 | 3800..=3999)
    )
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match u32::from(*digit) << (place % 2) {
            doubled if doubled > 9 => doubled - 9,
            plain => plain,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A Swiss social security number, with the check digit of EAN-13.
fn swiss(bytes: &[u8]) -> Option<usize> {
    const SHAPE: &str = "ddd.dddd.dddd.dd";
    let digits = shaped(bytes, SHAPE)?;
    let sum: u32 =
        (0..).zip(&digits).map(|(place, digit)| u32::from(*digit) * if place % 2 == 0 { 1 } else { 3 }).sum();
    (digits.starts_with(&[7, 5, 6]) && sum.is_multiple_of(10)).then_some(SHAPE.len())
}

/// A Brazilian taxpayer number, with its two check digits.
fn brazilian(bytes: &[u8]) -> Option<usize> {
    const SHAPE: &str = "ddd.ddd.ddd-dd";
    let digits = shaped(bytes, SHAPE)?;
    let check = |count: usize| {
        let weighted = digits[..count].iter().zip((2..=count + 1).rev());
        let sum: usize = weighted.map(|(digit, weight)| usize::from(*digit) * weight).sum();
        match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        }
    };
    let same = digits.iter().all(|digit| *digit == digits[0]);
    (!same && check(9) == usize::from(digits[9]) && check(10) == usize::from(digits[10])).then_some(SHAPE.len())
}

/// A Canadian social insurance number, right by Luhn.
fn canadian(bytes: &[u8]) -> Option<usize> {
    ["ddd-ddd-ddd", "ddd ddd ddd"].into_iter().find_map(|shape| {
        let digits = shaped(bytes, shape)?;
        (!matches!(digits[0], 0 | 8) && luhn(&digits)).then_some(shape.len())
    })
}

/// A British national insurance number: two letters that are issued, six digits, A to D.
fn british(bytes: &[u8]) -> Option<usize> {
    const NEVER: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    let letters = bytes.get(..2)?;
    let issued = letters.iter().all(|letter| b"ABCEGHJKLMNOPRSTWXYZ".contains(letter))
        && letters[1] != b'O'
        && !NEVER.contains(&letters);
    let number = ["dddddd", " dd dd dd "].into_iter().find(|shape| shaped(&bytes[2..], shape).is_some())?;
    let end = 2 + number.len();
    (issued && bytes.get(end).is_some_and(|suffix| (b'A'..=b'D').contains(suffix))).then_some(end + 1)
}

/// The lengths of account numbers by country (the registry of ISO 13616).
const IBAN_LENGTHS: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27\
GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15\
PK24PL28PS29PT25QA29RO24RS22SA24SC31SD18SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";

/// An account number, in one piece or in groups of four, right by the check of ISO 7064.
fn iban(bytes: &[u8]) -> Option<usize> {
    let [country @ .., third, fourth] = bytes.get(..4)? else { return None };
    if !(country[1].is_ascii_uppercase() && third.is_ascii_digit() && fourth.is_ascii_digit()) {
        return None;
    }
    let entry = IBAN_LENGTHS.as_bytes().chunks(4).find(|entry| entry[..2] == *country)?;
    let due = usize::from(entry[2] - b'0') * 10 + usize::from(entry[3] - b'0');
    let (mut letters, mut at) = (Vec::with_capacity(due), 0);
    while letters.len() < due {
        match *bytes.get(at)? {
            b' ' if letters.len().is_multiple_of(4) && bytes[at - 1] != b' ' => {}
            letter if letter.is_ascii_uppercase() || letter.is_ascii_digit() => letters.push(letter),
            _ => return None,
        }
        at += 1;
    }
    letters.rotate_left(4);
    let rest = letters.iter().fold(0_u32, |rest, letter| match letter {
        b'0'..=b'9' => (rest * 10 + u32::from(letter - b'0')) % 97,
        _ => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    (rest == 1).then_some(at)
}

/// A phone number: international with `+`, or North American with its separators.
fn phone(bytes: &[u8]) -> Option<usize> {
    if bytes[0] == b'+' {
        let (mut digits, mut end) = (0, 0);
        for (at, byte) in bytes.iter().enumerate().skip(1) {
            match byte {
                b'0' if digits == 0 => return None,
                b'0'..=b'9' => (digits, end) = (digits + 1, at + 1),
                b' ' | b'-' | b'.' | b'(' | b')' | b'/' if digits > 0 && at - end < 2 => {}
                _ => break,
            }
        }
        return (8..=15).contains(&digits).then_some(end);
    }
    ["(ddd) ddd-dddd", "(ddd)ddd-dddd", "ddd-ddd-dddd", "ddd.ddd.dddd", "ddd ddd dddd"].into_iter().find_map(|shape| {
        let digits = shaped(bytes, shape)?;
        let is_code = |code: &[u8]| code[0] >= 2 && code[1..] != [1, 1];
        (is_code(&digits[..3]) && is_code(&digits[3..6])).then_some(shape.len())
    })
}

/// What follows a dot in the names of files, not of hosts.
const FILES: [&str; 14] =
    ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "json", "html", "yaml", "yml", "toml"];

/// An e-mail address around the `@` at `at`, not reaching back past `free`.
pub(super) fn email(bytes: &[u8], free: usize, at: usize) -> Option<Range<usize>> {
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let before = &bytes[free..at];
    let local = before.iter().rev().position(|byte| !is_local(*byte)).unwrap_or(before.len());
    let domain = &bytes[at + 1..];
    let domain = &domain[..run(domain, |byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))];
    let end = domain.iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let dot = domain[..end].iter().rposition(|byte| *byte == b'.')?;
    let top = &domain[dot + 1..end];
    let is_file = FILES.iter().any(|file| top.eq_ignore_ascii_case(file.as_bytes()));
    // `git@host` is how repositories are addressed, not people.
    let is_person = local > 0 && &bytes[at - local..at] != b"git";
    let real = is_person && dot > 0 && top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic) && !is_file;
    real.then_some(at - local..at + 1 + end)
}
