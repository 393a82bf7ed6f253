//! The phases in which one request is under way at a time, and guard and floor take turns at the machine.

use std::time::{Duration, Instant};

use super::floor::Floor;
use super::histogram::{Spread, nanos};
use super::peer::{self, Peer};
use super::plan::{Plan, SIZES, WARM_UP};
use super::run::Bench;
use super::scan::{self, Wrong};
use super::session::Session;
use super::usage::Usage;
use crate::case::Role;
use mock_gateway::json::Json;

/// How many of a block are measured even when the time of their phase is over.
const AT_LEAST: u32 = 10;

/// From the start of the process to the answer to the first `tools/list`, which has to name this tool.
fn starts(bench: &mut Bench<'_>, role: Role, workload: &str, tool: &str) -> anyhow::Result<()> {
    bench.tell(&format!("{workload} to the first tools/list"));
    let seat = bench.stand.seat(role)?;
    let mut spread = Spread::default();
    for _ in bench.plan.blocks(bench.plan.starts) {
        let began = Instant::now();
        let mut session = Session::open(&seat)?;
        let (_, answer) = session.ask("tools/list", None)?;
        spread.record(began.elapsed());
        let tools = scan::result(&answer)?.get("tools").and_then(Json::as_array).unwrap_or_default();
        if !tools.iter().any(|its| its.get("name").and_then(Json::as_str) == Some(tool)) {
            return Err(Wrong(format!("the guard has no tool `{tool}`")).into());
        }
        // A proxy may pass on what the server behind it says of itself.
        let told = session.guard.clone().filter(|told| told != peer::ITSELF);
        let known = &mut bench.results.versions.guard;
        *known = known.take().or(told);
        session.close();
    }
    bench.add(workload, &spread);
    Ok(())
}

/// How long a guard needs before it can scan.
pub(super) fn start(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let tool = bench.stand.subject.tools.scan.clone();
    starts(bench, Role::Scan, "start", &tool)
}

/// One line through a process that writes what it reads: what two pipes and two wake-ups cost.
pub(super) fn pipe(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    bench.tell("a bare pipe");
    let seat = bench.stand.own(Peer::Pipe)?;
    let mut session = Session::start(&seat)?;
    let line = scan::call(&seat.dialect, 1, &seat.tool, &scan::arguments(1, 0));
    let mut spread = Spread::default();
    for turn in 0..WARM_UP + bench.plan.blocks * bench.plan.per_block {
        let took = session.echo(&line)?;
        if turn >= WARM_UP {
            spread.record(took);
        }
    }
    session.close();
    bench.add("pipe", &spread);
    Ok(())
}

/// One scan at a time, and the same POST without the guard.
pub(super) fn scans(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    bench.tell("one scan at a time");
    let mut session = bench.stand.open()?;
    let mut floor = Floor::connect(bench.stand.gateway.address())?;
    warm_up(&mut session, &mut floor, bench.plan)?;
    let before = session.usage();
    let (guard, bare) =
        in_turns(bench.plan, bench.plan.blocks, bench.plan.per_block, || session.scan(0), || floor.post(0))?;
    let scans = bench.add("scan", &guard);
    scans.over("post", &bare);
    let scans = scans.latency.n;
    if let (Some(Usage { cpu: before, .. }), Some(Usage { cpu: after, .. })) = (before, session.usage()) {
        bench.results.cpu_per_scan_ns = nanos(after.saturating_sub(before)).checked_div(scans);
    }
    bench.weigh(&session, "scan", scans + u64::from(WARM_UP));
    session.close();
    Ok(())
}

/// One scan at a time, with bodies that grow.
pub(super) fn bodies(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let mut session = bench.stand.open()?;
    let mut floor = Floor::connect(bench.stand.gateway.address())?;
    warm_up(&mut session, &mut floor, bench.plan)?;
    let (blocks, per_block) = (bench.plan.blocks.div_ceil(2), bench.plan.per_block.div_ceil(4));
    let mut scans = 0;
    for size in SIZES {
        let name = format!("body/{}KB", size >> 10);
        bench.tell(&name);
        let (guard, bare) = in_turns(bench.plan, blocks, per_block, || session.scan(size), || floor.post(size))?;
        let workload = bench.add(&name, &guard);
        workload.over("post", &bare);
        scans += workload.latency.n;
        if Some(&size) == SIZES.last() {
            bench.weigh(&session, &name, scans);
        }
    }
    session.close();
    Ok(())
}

/// What passes through the proxy role, and the same to the server behind it.
pub(super) fn proxy(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    starts(bench, Role::Proxy, "proxy/start", peer::TOOL)?;
    bench.tell("through the proxy");
    let mut direct = Session::open(&bench.stand.own(Peer::Server)?)?;
    let mut proxied = Session::open(&bench.stand.seat(Role::Proxy)?)?;
    // The server behind answers here in the place of the guard.
    for session in [&mut direct, &mut proxied] {
        for _ in 0..WARM_UP {
            session.call()?;
        }
    }
    let (plan, blocks, per_block) = (bench.plan, bench.plan.blocks, bench.plan.per_block);
    let ping = |session: &mut Session| session.ask("ping", None).map(|(took, _)| took);
    let (through, straight) = in_turns(plan, blocks, per_block, || ping(&mut proxied), || ping(&mut direct))?;
    bench.add("proxy/ping", &through).over("direct", &straight);
    let (through, straight) = in_turns(plan, blocks, per_block, || proxied.call(), || direct.call())?;
    let calls = bench.add("proxy/call", &through);
    calls.over("direct", &straight);
    let calls = calls.latency.n;
    bench.weigh(&proxied, "proxy/call", calls);
    direct.close();
    proxied.close();
    Ok(())
}

fn warm_up(session: &mut Session, floor: &mut Floor, plan: &Plan) -> anyhow::Result<()> {
    let began = Instant::now();
    for _ in 0..WARM_UP {
        session.scan(0)?;
        floor.post(0)?;
        if began.elapsed() > plan.patience {
            break;
        }
    }
    Ok(())
}

/// Measures both in blocks. Who begins changes, because the second may find a warmer machine.
fn in_turns(
    plan: &Plan,
    blocks: u32,
    per_block: u32,
    mut guard: impl FnMut() -> anyhow::Result<Duration>,
    mut floor: impl FnMut() -> anyhow::Result<Duration>,
) -> anyhow::Result<(Spread, Spread)> {
    let (mut through, mut bare) = (Spread::default(), Spread::default());
    for block in plan.blocks(blocks) {
        for is_guard in [block % 2 == 0, block % 2 != 0] {
            let began = Instant::now();
            for turn in 0..per_block {
                if turn >= AT_LEAST && began.elapsed() > plan.patience {
                    break;
                }
                if is_guard { through.record(guard()?) } else { bare.record(floor()?) }
            }
        }
    }
    Ok((through, bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_take_turns_and_who_begins_changes() {
        let order = std::cell::RefCell::new(String::new());
        let turn = |who, took| {
            order.borrow_mut().push(who);
            Ok(Duration::from_millis(took))
        };
        let (through, bare) = in_turns(&Plan::quick(), 2, 2, || turn('g', 3), || turn('f', 1)).unwrap();
        assert_eq!(order.into_inner(), "ggffffgg");
        assert_eq!((through.distribution().n, bare.distribution().n), (4, 4));
        assert!(through.distribution().min > bare.distribution().max);
    }
}
