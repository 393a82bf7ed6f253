//! What it costs to look for secrets and PII in JSON text, by the shape of the text: the same 256 KB
//! as one string, as many small members, and as a list of small objects.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mock_gateway::classify;

const SIZE: usize = 256 << 10;

fn text() -> String {
    format!("\"{}\"", "a word and another ".repeat(SIZE / 19))
}

fn flat(member: fn(usize) -> String) -> String {
    let mut object = String::from("{");
    for number in 0.. {
        if object.len() > SIZE {
            break;
        }
        let comma = if number == 0 { "" } else { "," };
        write!(object, "{comma}{}", member(number)).expect("a String takes every text");
    }
    object + "}"
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("classify");
    for (shape, text) in [
        ("text", text()),
        ("members_with_numbers", flat(|number| format!(r#""member_{number:05}":{number}"#))),
        ("members_with_strings", flat(|number| format!(r#""member_{number:05}":"value""#))),
        ("objects", format!("[{}{{}}]", r#"{"id":12345,"name":"a name","ok":true,"rate":1.10},"#.repeat(SIZE / 51))),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(shape, |bencher| bencher.iter(|| classify::document(black_box(&text)).len()));
    }
    group.finish();
}

criterion_group!(classified, bench);
criterion_main!(classified);
