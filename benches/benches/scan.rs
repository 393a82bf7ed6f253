//! What one scan costs in pure code: from the line that the client wrote to the request for the
//! gateway, and from the gateway's answer to the result, for small and large bodies.

use std::hint::black_box;

use bytes::{Buf, Bytes};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_guard::answer::Answer;
use mcp_guard::frame::{self, Message};
use mcp_guard::scan::Scan;
use mcp_guard::verdict::Verdict;

fn line(body: &str) -> Bytes {
    Bytes::from(format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"interven_scan","arguments":{{"tool_name":"slack","method":"POST","url":"https://slack.com/api/chat.postMessage","body":{body}}}}}}}"#
    ))
}

fn request(line: &Bytes) -> usize {
    let Ok(Message::Request(request)) = frame::read(line) else { panic!("the line is a request") };
    let scan = Scan::read(request.arguments().expect("it has arguments")).expect("they are complete");
    scan.encode(None).pieces().remaining()
}

fn result(answer: &Bytes) -> usize {
    let verdict = Verdict::read(answer).expect("the answer is a verdict");
    Answer::verdict(&verdict, None).members().len()
}

fn bench(criterion: &mut Criterion) {
    let objects =
        |count: usize| format!("[{}]", vec![r#"{"id":12345,"name":"a name","ok":true,"rate":1.10}"#; count].join(","));
    for (size, body) in
        [("1_kb", objects(20)), ("256_kb", objects(5_000)), ("256_kb_text", format!("\"{}\"", "x".repeat(256 << 10)))]
    {
        let line = line(&body);
        let answer = Bytes::from(format!(
            r#"{{"decision":"SANITIZE","risk_score":0.4,"risk_band":"MEDIUM","reason_codes":["PII"],"trace_id":"8f14e45f-ceea-467f-a9d1-000000000001","sanitized_body":{body}}}"#
        ));
        let mut group = criterion.benchmark_group(size);
        group.throughput(Throughput::Bytes(line.len() as u64));
        group.bench_function("line_to_request", |bencher| bencher.iter(|| request(black_box(&line))));
        group.bench_function("answer_to_result", |bencher| bencher.iter(|| result(black_box(&answer))));
        group.finish();
    }
}

criterion_group!(scan, bench);
criterion_main!(scan);
