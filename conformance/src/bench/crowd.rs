//! The phases in which many scans are under way: steps of concurrency, stated rates, gateways that take
//! their time, and growth over a long run.

use super::delay::Delay;
use super::histogram::Spread;
use super::knee::knee;
use super::load::{self, Pace, Shot};
use super::plan::{GATEWAY_RATE, GATEWAYS, STEPS};
use super::run::Bench;
use super::schedule::arrivals;

/// How much longer than planned an open loop may take that the guard cannot keep up with.
const LAG: f64 = 2.0;

/// How many scans are under way while growth is sought.
const GROWING: u32 = 32;

/// More and more scans under way, until that gains nothing. Returns the best throughput, in scans a second.
pub(super) fn steps(bench: &mut Bench<'_>) -> anyhow::Result<f64> {
    let mut session = bench.stand.open()?;
    let mut measured = Vec::new();
    let mut total = enough(bench, first_guess(bench), bench.plan.per_step);
    for count in STEPS {
        bench.tell(&format!("{count} in flight"));
        let pace = Pace::InFlight { count, total: total.max(2 * count as usize) };
        let shots = load::run(&mut session, pace)?;
        let per_second = load::per_second(&shots);
        measured.push((count, per_second));
        let workload = bench.add(&format!("in-flight/{count}"), &shots.iter().map(Shot::latency).collect());
        workload.in_flight = Some(count);
        workload.achieved_per_second = Some(per_second);
        bench.results.knee = knee(&measured);
        if bench.results.knee.is_some() {
            break;
        }
        total = enough(bench, per_second, bench.plan.per_step);
    }
    bench.weigh(&session, "in-flight", 0);
    session.close();
    Ok(measured.iter().map(|(_, per_second)| *per_second).fold(0.0, f64::max))
}

/// Scans at stated rates, whatever the guard does.
pub(super) fn rates(bench: &mut Bench<'_>, pace: f64) -> anyhow::Result<()> {
    for rate in bench.plan.rates.clone() {
        bench.tell(&format!("{rate} scans a second"));
        open_loop(bench, &format!("rate/{rate}"), rate, pace)?;
    }
    Ok(())
}

/// Scans at one rate, before gateways that take their time.
pub(super) fn gateways(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    for (name, delay) in GATEWAYS {
        bench.tell(&format!("a gateway with {name}"));
        bench.stand.gateway.delay(delay);
        let measured = open_loop(bench, &format!("gateway/{name}"), GATEWAY_RATE, f64::INFINITY);
        bench.stand.gateway.delay(Delay::None);
        measured?;
    }
    Ok(())
}

/// Memory after the first tenth of many scans, and after all of them.
pub(super) fn growth(bench: &mut Bench<'_>, pace: f64) -> anyhow::Result<()> {
    bench.tell("growth");
    let mut session = bench.stand.open()?;
    let total = enough(bench, pace, bench.plan.growth);
    let first = total / 10;
    let mut shots = load::run(&mut session, Pace::InFlight { count: GROWING, total: first })?;
    bench.weigh(&session, "growth, first tenth", first as u64);
    shots.extend(load::run(&mut session, Pace::InFlight { count: GROWING, total: total - first })?);
    bench.weigh(&session, "growth", total as u64);
    let workload = bench.add("growth", &shots.iter().map(Shot::latency).collect());
    workload.in_flight = Some(GROWING);
    session.close();
    Ok(())
}

/// Sends by a schedule. One that the guard cannot keep up with, at the `pace` it was seen to have, is cut short.
fn open_loop(bench: &mut Bench<'_>, name: &str, rate: f64, pace: f64) -> anyhow::Result<()> {
    let mut schedule = arrivals(rate, bench.plan.rate_length, rate.to_bits());
    schedule.truncate(((pace * bench.plan.rate_length.as_secs_f64() * LAG) as usize).max(1));
    let mut session = bench.stand.open()?;
    let shots = load::run(&mut session, Pace::Schedule(&schedule))?;
    session.close();
    let service: Spread = shots.iter().map(Shot::service).collect();
    let workload = bench.add(name, &shots.iter().map(Shot::latency).collect());
    workload.service = Some(service.distribution());
    workload.offered_per_second = Some(rate);
    workload.achieved_per_second = Some(load::per_second(&shots));
    Ok(())
}

/// Scans a second that the guard does one after another.
fn first_guess(bench: &Bench<'_>) -> f64 {
    let scan = bench.results.workload("scan").map_or(0, |scan| scan.latency.p50);
    1e9 / scan.max(1) as f64
}

/// As many as the guard does in the patience of a phase at this pace, and not more than `wanted`.
fn enough(bench: &Bench<'_>, pace: f64, wanted: usize) -> usize {
    wanted.min((pace * bench.plan.patience.as_secs_f64()) as usize).max(20)
}
