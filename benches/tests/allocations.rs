//! What one scan asks of the allocator, exactly: a copy more of a body, or a value more on the heap,
//! fails here before anybody can time it.

use guard_benches::body::Body;
use guard_benches::path::Path;

/// How often the allocator was asked, and for how many bytes; a block that grows counts as a new one.
fn allocated(name: &str, body: Body) -> (u64, u64) {
    let mut path = Path::of(name, body);
    let counted = allocation_counter::measure(|| {
        path.walk();
    });
    (counted.count_total, counted.bytes_total)
}

#[test]
fn a_scan_asks_the_allocator_for_this_and_no_more() {
    let mut wrong = Vec::new();
    for (name, body, times, bytes) in [
        ("scan", Body::Small, 146, 28_994),
        // Read into a buffer that doubles, written once as text and once as it is: four times the body.
        ("scan", Body::Objects, 151, 1_083_449),
        ("scan", Body::Text, 150, 1_040_943),
        // From here to the verdict a body is only pointed at, however long it is.
        ("frame", Body::Small, 26, 3_089),
        ("frame", Body::Objects, 26, 3_089),
        ("frame", Body::Text, 26, 3_089),
        ("encode", Body::Small, 2, 280),
        ("encode", Body::Objects, 2, 280),
        ("encode", Body::Text, 2, 280),
        ("verdict", Body::Small, 7, 1_571),
        ("verdict", Body::Objects, 7, 1_571),
        ("verdict", Body::Text, 6, 1_059),
        ("answer", Body::Small, 2, 2_914),
        ("answer", Body::Objects, 2, 552_290),
        ("answer", Body::Text, 2, 510_296),
    ] {
        let counted = allocated(name, body);
        if counted != (times, bytes) {
            wrong.push(format!("{name} {body}: {counted:?} and not {:?}", (times, bytes)));
        }
    }
    assert!(wrong.is_empty(), "write down what is meant to be so:\n{}", wrong.join("\n"));
}
