//! The bench over guards that are honest, wrong, late or slow: what it measures, and what it refuses to
//! measure. Never how long anything took, for that is the machine's doing.

use std::path::Path;
use std::process::{Command, ExitCode, Output};
use std::time::Duration;

use guard_conformance::bench::ab::{self, Extent};
use guard_conformance::bench::plan::{Plan, SIZES};
use guard_conformance::bench::results::{BudgetCheck, Results};
use guard_conformance::bench::run;
use guard_conformance::bench::sides::Slower;
use guard_conformance::bench::table;
use guard_conformance::subject::Subject;
use libtest_mimic::{Arguments, Failed, Trial};

const GUARD: &str = env!("CARGO_BIN_EXE_faulty-guard");
const SLOWED: &str = env!("CARGO_BIN_EXE_slowed");

fn main() -> ExitCode {
    guard_conformance::launch::take_over();
    // The command line of the harness, for the trials that look at exit codes.
    if std::env::args().nth(1).is_some_and(|word| word == "bench") {
        return guard_conformance::cli::main().into();
    }
    let trials = [
        Trial::test("an_honest_guard_is_measured_in_every_way", honest),
        Trial::test("a_proxy_is_measured_beside_its_server", proxy),
        Trial::test("a_guard_that_mixes_up_verdicts_is_not_measured", wrong),
        Trial::test("a_guard_that_ends_is_not_measured", ends),
        Trial::test("what_is_no_guard_is_told_so_and_not_measured", no_guard),
        Trial::test("guards_of_one_machine_stand_side_by_side", side_by_side),
        Trial::test("a_guard_that_cannot_start_is_no_failure_of_the_guard", cannot_start),
        Trial::test("a_guard_that_outlives_its_budget_is_told_so", late),
        Trial::test("a_planted_slowdown_is_found_and_its_absence_too", slowed),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// As little of everything as can be measured.
fn tiny() -> Plan {
    Plan {
        quick: true,
        starts: 2,
        blocks: 2,
        per_block: 10,
        per_step: 40,
        rates: vec![200.0],
        rate_length: Duration::from_millis(200),
        growth: 100,
        budgets: vec![Duration::from_millis(100)],
        patience: Duration::from_secs(2),
    }
}

fn subject(words: &[&str]) -> Subject {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Subject::from_command(&words, Path::new("/"))
}

fn measured(words: &[&str], plan: &Plan) -> Result<Results, String> {
    run::run(subject(words), Duration::from_secs(5), plan, &mut |_| ()).map_err(|error| format!("{error:#}"))
}

fn is(holds: bool, what: &impl std::fmt::Debug) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("{what:?}").into()) }
}

fn honest() -> Result<(), Failed> {
    let results = measured(&[GUARD], &tiny())?;
    let bodies = SIZES.iter().map(|size| format!("body/{}KB", size >> 10));
    let others = ["start", "pipe", "scan", "in-flight/1", "in-flight/2", "rate/200", "gateway/80ms", "growth"];
    for name in others.map(str::to_owned).into_iter().chain(bodies) {
        let workload = results.workload(&name).ok_or_else(|| format!("{name} was not measured"))?;
        let times = &workload.latency;
        is(times.n > 0 && 0 < times.min && times.min <= times.p50 && times.p50 <= times.max, workload)?;
        is(times.histogram.iter().map(|(_, count)| count).sum::<u64>() == times.n, times)?;
        is(workload.floor.is_some() == (name == "scan" || name.starts_with("body/")), workload)?;
        is(workload.floor.is_some() == workload.ratio.is_some_and(|ratio| ratio > 0.0), workload)?;
    }
    let scan = results.workload("scan").ok_or("scans were not measured")?;
    is(scan.latency.n == 20, scan)?;
    let rate = results.workload("rate/200").ok_or("the open loop was not measured")?;
    let service = rate.service.as_ref().ok_or("the open loop has no service time")?;
    is(service.n == rate.latency.n && service.p50 <= rate.latency.p50, rate)?;
    // A gateway that takes 80 ms cannot be answered for sooner than it decides.
    let distant = results.workload("gateway/80ms").ok_or("no distant gateway was measured")?;
    is(distant.latency.p50 > 40_000_000, distant)?;
    is(results.gateway_per_second.is_some_and(|pace| pace > 0.0), &results.gateway_per_second)?;
    is(results.budget_checks.len() == 4, &results.budget_checks)?;
    is(results.subject.sha256.as_ref().is_some_and(|digest| digest.len() == 64), &results.subject)?;
    is(results.versions.guard.as_ref().is_some_and(|guard| guard.starts_with("faulty-guard ")), &results.versions)?;
    if cfg!(target_os = "linux") {
        is(results.cpu_per_scan_ns.is_some_and(|cpu| cpu > 0), &results.cpu_per_scan_ns)?;
        is(
            results.memory.iter().all(|memory| memory.peak_kb >= memory.resident_kb && memory.resident_kb > 0),
            &results,
        )?;
        is(results.memory.len() == 5, &results.memory)?;
    }
    let shown = table::text(&results);
    is(results.workloads.iter().all(|workload| shown.contains(&workload.name)), &shown)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("results.json");
    results.save(&path).map_err(|error| error.to_string())?;
    is(Results::load(&path).map_err(|error| error.to_string())? == results, &path)
}

fn proxy() -> Result<(), Failed> {
    let results = measured(&[GUARD, "proxy", "--", "{upstream}"], &tiny())?;
    let names: Vec<&str> = results.workloads.iter().map(|workload| workload.name.as_str()).collect();
    is(names == ["proxy/start", "proxy/ping", "proxy/call"], &names)?;
    is(results.versions.guard.as_ref().is_none_or(|guard| guard.starts_with("faulty-guard ")), &results.versions)?;
    for workload in &results.workloads[1..] {
        is(workload.floor.as_ref().is_some_and(|floor| floor.name == "direct" && floor.latency.n == 20), workload)?;
    }
    Ok(())
}

/// The harness as a person runs it.
fn command(words: &[&str]) -> Result<Output, Failed> {
    Ok(Command::new(std::env::current_exe()?).args(words).output()?)
}

fn wrong() -> Result<(), Failed> {
    let output = command(&["bench", "--quick", "--", GUARD, "--sin", "trace-swapped"])?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    is(output.status.code() == Some(1) && told.contains("got the verdict of another one"), &output)
}

fn ends() -> Result<(), Failed> {
    let ended = measured(&["sh", "-c", "echo no configuration >&2"], &tiny()).err();
    is(ended.as_ref().is_some_and(|told| told.contains("said on stderr: no configuration")), &ended)
}

/// What a guard can do that is none, and what is said of it.
fn no_guard() -> Result<(), Failed> {
    let deeds = [
        ("exec sleep 60", "did not answer within"),
        ("echo ready; exec sleep 60", "wrote what is no message"),
        ("exec cat", "did not answer within"),
        ("exec head -c 20000000 /dev/zero", "a line of more than 16 MiB"),
        ("read -r line; kill -9 $$", "ended in the middle of its work"),
        (r#"echo '{"jsonrpc":"2.0","id":99,"result":{}}'; exec sleep 60"#, "answered as if it were 99"),
    ];
    std::thread::scope(|scope| {
        let benches = deeds.map(|(deed, told)| {
            (scope.spawn(move || command(&["bench", "--quick", "--", "sh", "-c", deed])), deed, told)
        });
        for (bench, deed, told) in benches {
            let output = bench.join().map_err(|_| "a bench panicked")??;
            let said = String::from_utf8_lossy(&output.stderr);
            is(output.status.code() == Some(1) && said.contains(told), &(deed, told, &output))?;
            is(output.stdout.is_empty(), &(deed, &output))?;
        }
        Ok(())
    })
}

/// Stored results side by side, as a person gets them.
fn side_by_side() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (scans, proxy) = (path("scans.json"), path("proxy.json"));
    let tiny = Plan { rates: Vec::new(), budgets: Vec::new(), growth: 20, ..tiny() };
    measured(&[GUARD], &tiny)?.save(Path::new(&scans)).map_err(|error| error.to_string())?;
    let proxied = measured(&[GUARD, "proxy", "--", "{upstream}"], &tiny)?;
    proxied.save(Path::new(&proxy)).map_err(|error| error.to_string())?;
    let output = command(&["bench", "compare", &scans, &proxy])?;
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows: Vec<&str> = table.lines().filter(|line| line.contains("faulty-guard")).collect();
    is(output.status.success() && rows.len() == 2, &output)?;
    is(rows[0].contains(" × post ") && !rows[0].contains(" × direct "), &rows)?;
    is(rows[1].contains(" × direct ") && !rows[1].contains(" × post "), &rows)?;
    let mut elsewhere = proxied;
    elsewhere.machine.cores += 1;
    elsewhere.save(Path::new(&proxy)).map_err(|error| error.to_string())?;
    let output = command(&["bench", "compare", &scans, &proxy])?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    is(!output.status.success() && told.contains("was measured on another machine"), &output)
}

fn cannot_start() -> Result<(), Failed> {
    let output = command(&["bench", "--quick", "--", "/no/such/guard"])?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    is(output.status.code() == Some(3) && told.contains("cannot start `/no/such/guard`"), &output)
}

fn late() -> Result<(), Failed> {
    for (sin, gateway) in [("budget-per-read", "drip"), ("waits-out-retry-after", "retry-after")] {
        let results = measured(&[GUARD, "--sin", sin], &tiny())?;
        let checks: Vec<&BudgetCheck> = results.budget_checks.iter().filter(|check| check.gateway == gateway).collect();
        is(checks.len() == 1 && !checks[0].is_kept(), &results.budget_checks)?;
    }
    // What is in time and wrong is worse than late.
    let open = measured(&[GUARD, "--sin", "fail-open"], &tiny()).err();
    is(open.as_ref().is_some_and(|told| told.contains("the scan failed (hang)")), &open)
}

fn slowed() -> Result<(), Failed> {
    let extent = Extent { quads: 8, per_block: 40, warm_up: 10, limit: Duration::from_secs(60) };
    let slower = |percent: &str| -> Result<Slower, String> {
        let (base, head) = (subject(&[SLOWED, "0", GUARD]), subject(&[SLOWED, percent, GUARD]));
        let sides = ab::run(base, head, extent, &mut |_| ()).map_err(|error| format!("{error:#}"))?;
        Ok(Slower::of(&sides.ratios(), 1))
    };
    let planted = slower("100")?;
    is(planted.is_regression(0.05), &planted)?;
    let itself = slower("0")?;
    is(!itself.is_regression(0.5), &itself)
}
