//! Guards that mean harm, or just behave badly, against the launcher and the whole suite: bounded in
//! time and memory, nothing of them is left, and what they do in one case costs no other its result.

#[cfg(target_os = "linux")]
mod bounded;
#[cfg(target_os = "linux")]
mod guard;
#[cfg(target_os = "linux")]
mod launcher;
#[cfg(target_os = "linux")]
mod subjects;
#[cfg(target_os = "linux")]
mod trick;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    // The keeper of each guard is this program, started again; so are the guard itself and the suite
    // whose memory is measured.
    guard_conformance::launch::take_over();
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some(guard::ROLE), Some(trick)) => return guard::run(&trick),
        (Some(bounded::ROLE), Some(trick)) => return bounded::run(&trick),
        _ => {}
    }
    let trials = launcher::trials().into_iter().chain(subjects::trials()).collect();
    let mut arguments = libtest_mimic::Arguments::from_args();
    // Most of the time a test waits for a guard that is silent.
    arguments.test_threads.get_or_insert(8);
    libtest_mimic::run(&arguments, trials).exit_code()
}
