//! What became of the guard's process between two measurements. Never how it was measured.

use super::scene::Scene;
use super::{Findings, process_saw};
use crate::finding::Code;
use crate::recording::Event;
use crate::step::ProcessSaw;

/// Judges a measurement by the one before it.
pub(super) fn judge(scene: &Scene<'_>, due: &ProcessSaw, name: &str, findings: &mut Findings) {
    let Some(most) = due.growth else { return };
    let measured = scene.recording.entries.iter().filter_map(|entry| match &entry.event {
        Event::Measured { step, memory_kb, descriptors, threads } => Some((step, [*memory_kb, *descriptors, *threads])),
        _ => None,
    });
    let measured: Vec<_> = measured.collect();
    // Where nothing was measured the case is reported as not observable, or its guard has died.
    let Some(at) = measured.iter().position(|(step, _)| *step == name).filter(|at| *at > 0) else { return };
    let ((_, before), (_, after)) = (measured[at - 1], measured[at]);
    let limits = [
        (Code::MemoryGrows, most.memory_mb * 1024, "KB of memory"),
        (Code::DescriptorsGrow, most.descriptors, "in room for open files"),
        (Code::ThreadsGrow, most.threads, "threads"),
    ];
    for ((code, most, what), (before, after)) in limits.into_iter().zip(before.into_iter().zip(after)) {
        if after > before + most {
            let seen = [process_saw(format!("from {before} to {after}"))];
            findings.add(code, name, format!("growth by {most} {what} at the most"), seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Recording;
    use crate::requirement::Level;
    use crate::step::Growth;

    #[test]
    fn growth_is_counted_from_the_measurement_before() {
        let measured = |step: &str, memory_kb, descriptors, threads| Event::Measured {
            step: step.into(),
            memory_kb,
            descriptors,
            threads,
        };
        let found = |last: Event| {
            let recording = Recording::sample([measured("1", 1, 1, 1), measured("3", 5000, 64, 4), last]);
            let mut findings = Findings::new(Level::Should, &recording);
            let growth = Growth { memory_mb: 1, descriptors: 64, threads: 2 };
            judge(&Scene::read(&recording), &ProcessSaw { growth: Some(growth) }, "5", &mut findings);
            findings.list.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(found(measured("5", 6024, 128, 6)), []);
        assert_eq!(found(measured("5", 100, 1, 1)), []);
        let all = [Code::MemoryGrows, Code::DescriptorsGrow, Code::ThreadsGrow];
        assert_eq!(found(measured("5", 6025, 129, 7)), all);
    }
}
