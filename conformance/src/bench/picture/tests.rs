//! The page as a browser gets it, and what must never stand in it.

use super::*;
use crate::bench::trend::tests::result;

/// A bench as it is kept, with loads.
fn bench(day: &str, cpu: &str) -> Results {
    let mut one = result(day, cpu, "0123456789", &[("start", None), ("scan", Some(1.7)), ("body/64KB", Some(1.2))]);
    for (name, rate, in_flight) in [
        ("rate/50", Some(50.0), None),
        ("rate/500", Some(500.0), None),
        ("in-flight/1", None, Some(1)),
        ("in-flight/8", None, Some(8)),
        ("gateway/80ms", Some(500.0), None),
        ("growth", None, Some(8)),
    ] {
        let mut load = one.workloads[0].clone();
        load.name = name.to_owned();
        (load.offered_per_second, load.in_flight) = (rate, in_flight);
        one.workloads.push(load);
    }
    one
}

/// What stands between these two, each time.
fn between<'a>(page: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    page.split(start).skip(1).map(|rest| rest.split_once(end).expect("it is closed").0).collect()
}

#[test]
fn every_picture_is_there_and_can_be_drawn() {
    let page = page(&[bench("2026-11-21", "A"), bench("2026-11-23", "A")]);
    let captions: Vec<_> = between(&page, "<figcaption>", "</figcaption>");
    assert_eq!(
        captions,
        [
            "start: latency by how rare it is",
            "start: share of answers within a time",
            "scan: latency by how rare it is",
            "scan: share of answers within a time",
            "guard: latency by scans a second, from the moment each was to be sent",
            "guard: latency by scans in flight",
            "guard on A, 2 cores, linux: ratio to the floor, run after run",
        ]
    );
    let mut paths = 0;
    for svg in between(&page, "<svg", "</svg>") {
        let svg = format!("<svg{svg}</svg>");
        let drawn = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
        for path in drawn.descendants().filter_map(|node| node.attribute("d")) {
            let numbers = path.split(|letter: char| "MLHV ".contains(letter)).filter(|number| !number.is_empty());
            for number in numbers {
                let number: f64 = number.parse().unwrap_or_else(|_| panic!("{path}"));
                assert!((0.0..=560.0).contains(&number), "out of the picture: {path}");
            }
            paths += 1;
        }
    }
    assert!(paths > 100, "{paths}");
    for load in ["50", "500", "1", "8"] {
        let marks = between(&page, "<text class=\"mark\"", "</text>");
        let marks = marks.iter().filter(|mark| mark.ends_with(&format!(">{load}</tspan>")));
        assert_eq!(marks.count(), 1, "a load is a step once: {load}");
    }
    assert_eq!(page.matches("<table>").count(), 1, "of the two runs, the newest stands in the table");
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let page = page(&[bench("2026-11-23", "A")]);
    for foreign in ["<script", "http:", "https:", "url(", "src=", "@import", "<link", " style="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("Trend"), "one run is no trend");
}

#[test]
fn what_was_measured_on_different_machines_is_never_in_one_picture() {
    let mut other = bench("2026-11-22", "B");
    other.workloads[1].latency.max = 77_000_000;
    let page = page(&[bench("2026-11-21", "A"), other]);
    let sections = between(&page, "<section>", "</section>");
    assert_eq!(sections.len(), 2, "and no trend of one machine's first run and another's second");
    assert_eq!([0, 1].map(|place: usize| sections[place].contains("max 77 ms")), [false, true]);
}

#[test]
fn a_name_is_never_markup() {
    let mut one = bench("2026-11-23", "<i>A");
    one.subject.name = "<b onload=x>".to_owned();
    one.workloads[0].name = "proxy/<script>".to_owned();
    let page = page(&[one.clone(), one]);
    for markup in ["<b onload", "<script", "<i>"] {
        assert!(!page.contains(markup), "{markup}");
    }
}

#[test]
fn times_have_the_unit_that_fits() {
    for (nanos, words) in
        [(950.0, "950 ns"), (1e3, "1 µs"), (1_250.0, "1.25 µs"), (138_000.0, "138 µs"), (2.0e6, "2 ms"), (30e9, "30 s")]
    {
        assert_eq!(time(nanos), words);
    }
}
