//! Approvals beside their model: steps that mean something, in a stated number and from a fixed seed. A
//! failure is told as the fewest steps that lead to it.

use guard_conformance::generate::Choices;
use guard_fuzz::{Approvals, Model, Step};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

impl ReferenceStateMachine for Contract {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::default()).boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Step> {
        vec(any::<u8>(), 4).prop_map(|choices| Step::choose(&mut Choices::new(&choices))).boxed()
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.follow(*step);
        model
    }
}

/// What must come of each step.
struct Contract;

/// The gateway, which carries a model of its own along and compares.
struct Gateway;

impl StateMachineTest for Gateway {
    type SystemUnderTest = Approvals;
    type Reference = Contract;

    fn init_test(_: &Model) -> Approvals {
        Approvals::default()
    }

    fn apply(mut approvals: Approvals, _: &Model, step: Step) -> Approvals {
        approvals.take(step);
        approvals
    }
}

prop_state_machine! {
    #![proptest_config(Config {
        cases: 1024,
        rng_seed: RngSeed::Fixed(20_251_125),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn approvals_follow_the_contract(sequential 1..60 => Gateway);
}
