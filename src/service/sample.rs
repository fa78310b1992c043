//! A service for tests, on a store of theirs.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Keeper, Parts, Policies, Service};
use crate::call::FixedClock;
use crate::rules::{Lexicon, RuleSet};
use crate::screening::line::Limits;
use crate::screening::profile::Profile;
use crate::screening::{Policy, sample};
use crate::store::Store;
use crate::telemetry::Metrics;

/// One line without any rule.
pub(super) fn policy() -> Policy {
    let line = sample::line(Profile::default());
    let rules = RuleSet::compile(&[], &Lexicon(line.lexicon()))
        .unwrap()
        .rules;
    Policy::new(line, Arc::new(rules), Limits::default())
}

/// A service for which it is always `now`.
pub(super) async fn service(store: Arc<dyn Store>, now: Timestamp) -> Arc<Service> {
    let keeper = Keeper::new(Box::new(move || {
        let store = Arc::clone(&store);
        Box::pin(async move { Ok(store) })
    }));
    keeper.open().await.unwrap();
    let policies = Arc::new(Policies::new(vec![policy()]).unwrap());
    let (_, in_force) = tokio::sync::watch::channel(policies);
    Service::new(Parts {
        providers: Vec::new(),
        policies: in_force,
        keeper: Arc::new(keeper),
        clock: Arc::new(FixedClock::at(now)),
        metrics: Arc::new(Metrics::new()),
    })
}
