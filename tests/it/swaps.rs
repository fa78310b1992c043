//! Policies are swapped while calls are served: every step of a call sees one of them whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portner::app::policies;
use portner::config::Config;
use portner::service::Policies;

use crate::support::{TestApp, next_step};

/// So many swaps, or as many as `PORTNER_SWAPS` says.
const SWAPS: u32 = 300;
/// Two hundred a second.
const BETWEEN: Duration = Duration::from_millis(5);
const CALLERS: usize = 4;

/// Settings and rules in which everything says its name.
struct Edition {
    name: &'static str,
    config: Config,
    _folder: tempfile::TempDir,
}

impl Edition {
    fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rule = format!(
            "version = 1\n[[rule]]\nid = \"{name}\"\nname = \"{name}\"\ntactic = \"D1\"\nkind = \"sell\"\npoints = 5\ni_mean_it = true\naction = \"reject\"\nphrases = [\"mobilabonnement\"]\n"
        );
        std::fs::write(folder.path().join("rules.toml"), rule).unwrap();
        let settings = format!(
            "[rules]\nshipped = false\nsecond_opinion = false\nfolder = \"{}\"\n[spend]\nper_minute = 1000000\nper_day = 1000000\n[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\n[[line.destination]]\nclient = \"owner\"\n[line.wordings.da]\nnotice = \"Hej fra {name}.\"\nno = \"Nej fra {name}.\"\n",
            folder.path().display()
        );
        Self {
            name,
            config: Config::from_text(None, &settings, &BTreeMap::new()).unwrap(),
            _folder: folder,
        }
    }

    fn compiled(&self) -> Policies {
        policies::compile(&self.config).unwrap().0
    }

    fn version(&self) -> String {
        self.compiled().lines()[0].rules.version().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_of_a_call_sees_half_a_policy() {
    let swaps = std::env::var("PORTNER_SWAPS").map_or(SWAPS, |swaps| swaps.parse().unwrap());
    let app = Arc::new(TestApp::start().await);
    let editions = Arc::new([Edition::new("alfa"), Edition::new("beta")]);
    app.policies.send_replace(Arc::new(editions[0].compiled()));
    let over = Arc::new(AtomicBool::new(false));
    let served = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (app, over) = (Arc::clone(&app), Arc::clone(&over));
            let (editions, served) = (Arc::clone(&editions), Arc::clone(&served));
            tokio::spawn(async move {
                let mut nth = caller;
                while !over.load(Ordering::Relaxed) {
                    let at = one_call(&app, &editions, nth).await;
                    served[at].fetch_add(1, Ordering::Relaxed);
                    nth += CALLERS;
                }
            })
        })
        .collect();

    let began = Instant::now();
    for swap in 1..=swaps {
        let edition = Arc::clone(&editions);
        let compiled =
            tokio::task::spawn_blocking(move || edition[swap as usize % 2].compiled()).await;
        app.policies.send_replace(Arc::new(compiled.unwrap()));
        tokio::time::sleep_until((began + swap * BETWEEN).into()).await;
    }
    over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    let [alfa, beta] = [0, 1].map(|at| served[at].load(Ordering::Relaxed));
    println!(
        "{swaps} swaps in {:.1?}: {alfa} calls decided by one policy, {beta} by the other",
        began.elapsed()
    );
    assert!(alfa > 5 && beta > 5, "{alfa} {beta}");
}

/// A call from its first ring to its no; which edition said it.
async fn one_call(app: &TestApp, editions: &[Edition; 2], nth: usize) -> usize {
    let sid = format!("{nth:032}");
    let number = format!("+45{}", 20_000_000 + nth);
    let from = ("From", number.as_str());
    let greeting = app.hook(&sid, "voice", &[from]).await;
    assert_eq!(greeting.status(), 200);
    let greeting = greeting.text().await.unwrap();
    let names = |text: &str| {
        editions
            .iter()
            .filter(|one| text.contains(one.name))
            .count()
    };
    assert_eq!(names(&greeting), 1, "{greeting}");

    let step = next_step(&greeting).unwrap();
    let words = ("SpeechResult", "det handler om jeres mobilabonnement");
    let answer = app
        .hook(&sid, &step, &[from, words, ("Confidence", "0.9")])
        .await;
    assert_eq!(answer.status(), 200);
    let answer = answer.text().await.unwrap();
    let at = editions.iter().position(|one| answer.contains(one.name));
    let at = at.unwrap_or_else(|| panic!("this is no answer of any of them: {answer}"));
    let edition = &editions[at];
    assert_eq!(names(&answer), 1, "{answer}");

    // The words that were said, the rule that hit and the version that is written down go together.
    let of_this = portner::call::ProviderCallId {
        provider: "twilio".into(),
        id: format!("CA{sid}"),
    };
    let call = app.store.call_by_provider(&of_this).await.unwrap().unwrap();
    let verdict = call.verdict.unwrap();
    assert_eq!(verdict.policy, edition.version());
    let rules: Vec<&str> = call.reasons.iter().map(|reason| &*reason.rule).collect();
    assert_eq!(rules, [edition.name], "{answer}");
    at
}
