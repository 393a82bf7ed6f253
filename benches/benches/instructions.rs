//! How many instructions each pure path takes, counted under Valgrind: the same on an idle machine as on
//! a busy one. `.ci/instructions.py` holds them to the limits of `instructions.json`.

#![expect(missing_docs, unused_qualifications, reason = "what gungraun's macros write")]

use std::hint::black_box;

use guard_benches::body::Body;
use guard_benches::path::Path;
use gungraun::{library_benchmark, library_benchmark_group, main};

/// A function of its own for each path, since the counter goes by functions. It gives the path back so that
/// dropping it is not counted.
macro_rules! counted {
    ($($name:ident),*) => {
        $(
            #[library_benchmark]
            #[bench::small(Path::of(stringify!($name), Body::Small))]
            #[bench::objects(Path::of(stringify!($name), Body::Objects))]
            #[bench::text(Path::of(stringify!($name), Body::Text))]
            fn $name(mut path: Path) -> (Path, usize) {
                let came = black_box(path.walk());
                (path, came)
            }
        )*
        library_benchmark_group!(name = paths, benchmarks = [$($name),*, judge]);
    };
}

// With the small body only: the large ones alone would take Valgrind as long as all the other paths.
#[library_benchmark]
#[bench::small(Path::of("judge", Body::Small))]
fn judge(mut path: Path) -> (Path, usize) {
    let came = black_box(path.walk());
    (path, came)
}

counted!(scan, frame, encode, verdict, answer, redact, correlate, engine);
main!(library_benchmark_groups = paths);
