//! Whatever is done to them, the store on disk and the one in memory hold the same.

use std::sync::Arc;

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;

use super::open;
use crate::call::{CallerNumber, E164, Effect, LineId, ListName, Stage, Treatment};
use crate::store::memory::MemoryStore;
use crate::store::sample::{self, dawn};
use crate::store::{CallFilter, Commit, ListChange, Store};

/// Something that is done to a store.
#[derive(Debug, Clone)]
enum Deed {
    Step {
        number: u64,
        turns: u8,
        judged: u8,
        caller: u8,
        over: bool,
        effects: u8,
    },
    Put(u8, u8),
    Remove(u8, u8),
    Settle {
        place: usize,
        again: bool,
    },
    Setting(u8, u8),
    Reopen,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0_u64..80, 0_u8..4, 0_u8..4, 0_u8..4, any::<bool>(), 0_u8..4).prop_map(
            |(number, turns, judged, caller, over, effects)| Deed::Step {
                number, turns, judged, caller, over, effects,
            }
        ),
        2 => (0_u8..3, 0_u8..9).prop_map(|(list, pattern)| Deed::Put(list, pattern)),
        1 => (0_u8..3, 0_u8..9).prop_map(|(list, pattern)| Deed::Remove(list, pattern)),
        1 => (0_usize..5, any::<bool>()).prop_map(|(place, again)| Deed::Settle { place, again }),
        1 => (0_u8..3, any::<u8>()).prop_map(|(name, value)| Deed::Setting(name, value)),
        1 => Just(Deed::Reopen),
    ]
}

fn pattern(number: u8) -> String {
    let star = if number.is_multiple_of(3) { "*" } else { "" };
    format!(
        "+45{}{star}",
        "20304050"
            .get(..usize::from(number).max(3))
            .unwrap_or("20304050")
    )
}

async fn act(store: &dyn Store, deed: &Deed) {
    let entry = |list: u8, number: u8| {
        let mut entry = sample::entry(ListName::ALL[usize::from(list)], &pattern(number));
        entry.line = number.is_multiple_of(2).then(|| LineId("shop".into()));
        entry
    };
    match deed {
        Deed::Step {
            number,
            turns,
            judged,
            caller,
            over,
            effects,
        } => {
            let mut call = sample::call(*number);
            call.caller.number = match caller {
                0 => CallerNumber::Withheld,
                caller => {
                    CallerNumber::Public(E164::parse(&format!("+452000000{caller}")).unwrap())
                }
            };
            for _ in 0..*turns {
                call = sample::heard(call, &"goddag ".repeat(usize::from(*turns) * 90));
            }
            let treatments = [Treatment::Connect, Treatment::Message, Treatment::Reject];
            if let Some(treatment) = treatments.get(usize::from(*judged)) {
                call = sample::judged(call, *treatment);
            }
            if *over {
                call.stage = Stage::Ended;
            }
            let text = Effect::Text {
                to: E164::parse("+4520304050").unwrap(),
                body: "ring".into(),
            };
            let list = Effect::List(entry(effects % 3, *effects));
            let effects = match effects {
                0 | 1 => Vec::new(),
                2 => vec![text],
                _ => vec![list, text],
            };
            store
                .commit(Commit {
                    call: Arc::new(call),
                    effects,
                })
                .await
                .unwrap();
        }
        Deed::Put(list, number) => {
            store
                .change_lists(vec![ListChange::Put(entry(*list, *number))])
                .await
                .unwrap();
        }
        Deed::Remove(list, number) => {
            let entry = entry(*list, *number);
            let change = ListChange::Remove {
                list: entry.list,
                pattern: entry.pattern,
                line: entry.line,
            };
            store.change_lists(vec![change]).await.unwrap();
        }
        Deed::Settle { place, again } => {
            let later = dawn() + SignedDuration::from_hours(1);
            let jobs = store.jobs_due(later, 9).await.unwrap();
            if let Some(mut job) = jobs.get(*place).cloned() {
                job.attempts += 1;
                job.due += SignedDuration::from_secs(30);
                store
                    .settle_job(job.id, again.then_some(job))
                    .await
                    .unwrap();
            }
        }
        Deed::Setting(name, value) => {
            store
                .put_setting(&format!("{name}"), vec![*value; 3])
                .await
                .unwrap();
        }
        Deed::Reopen => {}
    }
}

/// Everything that a store shows.
async fn shown(store: &dyn Store) -> Vec<String> {
    let mut shown = vec![format!("{:?}", store.counts().await.unwrap())];
    let all = CallFilter::default();
    let filters = [
        all.clone(),
        CallFilter {
            verdict: Some(Treatment::Reject),
            ..all.clone()
        },
        CallFilter {
            caller: Some(E164::parse("+4520000002").unwrap()),
            ..all.clone()
        },
        CallFilter {
            line: Some(LineId("home".into())),
            ..all.clone()
        },
        CallFilter {
            from: Some(dawn() + SignedDuration::from_secs(20)),
            until: Some(dawn() + SignedDuration::from_secs(60)),
            ..all
        },
    ];
    for filter in &filters {
        let mut before = None;
        loop {
            let page = store.calls(filter, before, 5).await.unwrap();
            shown.push(format!("{page:?}"));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
    }
    for number in 0..80 {
        let call = sample::call(number);
        let by_provider = store.call_by_provider(&call.provider).await.unwrap();
        assert_eq!(by_provider, store.call(call.id).await.unwrap());
    }
    for list in ListName::ALL {
        shown.push(format!(
            "{:?}",
            store.entries(list, None, 99).await.unwrap()
        ));
    }
    let number = E164::parse("+4520304050").unwrap();
    let mut matching = store.entries_matching(number).await.unwrap();
    matching.sort_by_key(|entry| (entry.list, entry.pattern, entry.line.clone()));
    shown.push(format!("{matching:?}"));
    let later = dawn() + SignedDuration::from_hours(9);
    shown.push(format!("{:?}", store.jobs_due(later, 99).await.unwrap()));
    for name in ["0", "1", "2"] {
        shown.push(format!("{:?}", store.setting(name).await.unwrap()));
    }
    shown
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn disk_and_memory_hold_the_same(deeds in vec(deed(), 1..60)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let memory = MemoryStore::default();
            let mut disk = open(folder.path()).await.unwrap();
            for deed in &deeds {
                if matches!(deed, Deed::Reopen) {
                    disk.close().await;
                    disk = open(folder.path()).await.unwrap();
                }
                act(&memory, deed).await;
                act(&disk, deed).await;
            }
            let (memory, disk) = (shown(&memory).await, shown(&disk).await);
            assert_eq!(memory, disk);
        });
    }
}
