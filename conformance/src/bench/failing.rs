//! The phase in which the gateway fails: whether the guard answers within its budget all the same.

use std::time::Duration;

use anyhow::Context as _;
use mock_gateway::MockGateway;
use mock_gateway::scenario::Scenario;

use super::histogram::nanos;
use super::results::BudgetCheck;
use super::run::Bench;
use super::scan::Wrong;
use super::session::Session;
use crate::case::Role;
use crate::verdict::reads_as_allow;

/// What is borne with beside a twentieth of the budget: timers and processes are late on a busy machine.
const TOLERANCE: Duration = Duration::from_millis(50);

/// How many budgets a guard may take before it is called silent, and how long at least.
const PATIENCE: (u32, Duration) = (5, Duration::from_secs(3));

/// How the gateway fails.
const FAILURES: [&str; 4] = ["hang", DRIP, "reset", "retry-after"];

/// An answer that comes whole, too slowly.
const DRIP: &str = "drip";

/// Meets each failure with each budget, in a process of its own.
pub(super) fn budgets(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    if !bench.stand.subject.asks_gateway() {
        return Ok(());
    }
    let cpus = bench.stand.cpus;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_start(move || cpus.keep_gateway())
        .enable_all()
        .build()
        .context("cannot start a gateway that fails")?;
    let gateway = runtime.block_on(MockGateway::builder().start())?;
    for budget in bench.plan.budgets.clone() {
        for failure in FAILURES {
            bench.tell(&format!("a gateway with {failure}, and a budget of {} ms", budget.as_millis()));
            gateway.replace(&scenario(failure, budget));
            let seat = bench.stand.seat_before(Role::Scan, gateway.url(), budget)?;
            let check = check(&mut Session::open(&seat)?, failure, budget)?;
            bench.results.budget_checks.push(check);
        }
    }
    Ok(())
}

fn check(session: &mut Session, failure: &str, budget: Duration) -> anyhow::Result<BudgetCheck> {
    let patience = (budget * PATIENCE.0).max(PATIENCE.1);
    session.watch.be_patient(patience);
    let id = session.take_ids(1);
    let took = match session.scanned(id, 0) {
        // Who drips has decided, so that an ALLOW is late and not wrong.
        Ok((_, answer)) if failure != DRIP && reads_as_allow(&answer) => {
            return Err(Wrong(format!("the scan failed ({failure}), and the guard says {answer}")).into());
        }
        Ok((took, _)) => took,
        // It was ended when nobody waited any more, which is at least how late it was.
        Err(_) if session.watch.has_fired().is_some() => patience,
        Err(error) => return Err(error),
    };
    Ok(BudgetCheck {
        gateway: failure.to_owned(),
        budget_ns: nanos(budget),
        took_ns: nanos(took),
        overshoot_ns: nanos(took.saturating_sub(budget)),
        tolerance_ns: nanos(TOLERANCE + budget / 20),
    })
}

fn scenario(failure: &str, budget: Duration) -> Scenario {
    // An answer of some hundred bytes takes many times the budget, and each byte comes well within it.
    let pause = (budget / 20).as_millis().max(1);
    let reply = match failure {
        "hang" => "{ wire: hang }".to_owned(),
        DRIP => format!("{{ decision: ALLOW, wire: {{ drip: {{ bytes: 1, every: {pause}ms }} }} }}"),
        "reset" => "{ wire: reset }".to_owned(),
        _ => "{ status: 429, retry_after: 1s }".to_owned(),
    };
    Scenario::parse("bench", &format!("rules:\n- {{ then: {reply} }}\n"))
        .expect("each failure is of the scenario language")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_a_scenario() {
        for failure in FAILURES {
            scenario(failure, Duration::from_millis(100));
        }
    }

    #[test]
    fn a_budget_is_kept_within_its_tolerance() {
        let check = |overshoot_ns| BudgetCheck {
            gateway: "hang".into(),
            budget_ns: 100,
            took_ns: 100 + overshoot_ns,
            overshoot_ns,
            tolerance_ns: 55,
        };
        assert!(check(0).is_kept() && check(55).is_kept() && !check(56).is_kept());
    }
}
