//! How long each pure path takes, by the body it is walked with.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guard_benches::body::Body;
use guard_benches::path::{NAMES, Path};

fn bench(criterion: &mut Criterion) {
    for name in NAMES {
        let mut group = criterion.benchmark_group(name);
        for body in Body::ALL {
            let mut path = Path::of(name, body);
            group.throughput(Throughput::Bytes(path.bytes() as u64));
            group.bench_function(body.to_string(), |bencher| bencher.iter(|| path.walk()));
        }
        group.finish();
    }
}

criterion_group!(paths, bench);
criterion_main!(paths);
