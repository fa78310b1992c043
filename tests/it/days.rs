//! Days of a business in simulated time: people call, speak and hang up while the store fills up, breaks,
//! hangs, the program is begun anew and the clock jumps. Nobody is lost: every call ends with the owner's
//! phone, with a message, or with a no that a rule gives grounds for and that was written down before.
//!
//! The clock of the runtime stands still and leaps to whatever is due next, so hours take seconds.
//! `PORTNER_CALLS` says how many calls (400 where it is not set), `PORTNER_SEED` repeats the draw:
//! `PORTNER_CALLS=1000000 cargo test --release --test it days:: -- --nocapture`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use portner::call::{Ground, ProviderCallId, Treatment};
use portner::service::Answer;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::fail_open::{FULL, HANGS, Installation, PANICS, WELL};
use crate::kill::{Chance, number_from, seed};
use crate::support::next_step;

/// Between two calls on the mean: two thousand a day.
const BETWEEN: Duration = Duration::from_secs(43);
/// Nobody waits longer for what to do.
const PROMISED: Duration = Duration::from_secs(2);
/// How long it takes at most until all is well again once the store is.
const HEALED: Duration = Duration::from_secs(10);

/// More callers than any owner pays for, and a log that does not outgrow memory.
const SETTINGS: &str = "[spend]\nper_minute = 1000000\nper_caller = 10000\nper_day = 1000000\n\
                        [retention]\nwords_days = 1\ncalls_days = 1\n";

/// How a call ended for whoever called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// The owner's phone rang.
    Owner,
    /// He could leave a message.
    Message,
    /// He was told no.
    Refused,
    /// He hung up while he was being asked.
    HungUp,
    /// None of these: lost.
    Lost,
}

/// What people say, each a list of answers: the conversations that the judgement is held against.
fn conversations() -> Vec<Vec<String>> {
    let lines = include_str!("../corpus/da.jsonl").lines();
    let all = lines.map(|line| {
        let one: serde_json::Value = serde_json::from_str(line).unwrap();
        let turns = one["turns"].as_array().unwrap().iter();
        turns
            .map(|turn| turn["say"].as_str().unwrap().to_owned())
            .collect()
    });
    all.collect()
}

/// The house that serves at this moment.
type Serving = Arc<Mutex<Arc<Installation>>>;

fn now(serving: &Serving) -> Arc<Installation> {
    Arc::clone(&serving.lock().unwrap())
}

/// A call, from the first ring to the last.
struct Caller {
    sid: String,
    from: String,
    says: std::vec::IntoIter<String>,
    chance: Chance,
    serving: Serving,
    slowest: Duration,
}

impl Caller {
    async fn asks(&mut self, sid: &str, step: &str, more: &[(&str, &str)]) -> String {
        let fields = [&[("From", self.from.as_str())], more].concat();
        let began = Instant::now();
        let answer = now(&self.serving).answer(sid, step, &fields).await;
        self.slowest = self.slowest.max(began.elapsed());
        match answer {
            Answer::Reply(reply) => String::from_utf8(reply.body.to_vec()).unwrap(),
            Answer::Nothing => String::new(),
            refused @ Answer::Refused { .. } => panic!("{step}: {refused:?}"),
        }
    }

    async fn call(mut self) -> (Fate, Duration) {
        let sid = self.sid.clone();
        let mut answer = self.asks(&sid, "voice", &[]).await;
        let mut rang = false;
        for _ in 0..40 {
            let pause = 500 + self.chance.below(6_000);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let step = next_step(&answer);
            if answer.contains("<Gather") {
                self.is_kept("a question").await;
                if self.chance.below(30) == 0 {
                    return self.ends(Fate::HungUp).await;
                }
                let words = self.says.next().unwrap_or_default();
                let said = [("SpeechResult", words.as_str()), ("Confidence", "0.9")];
                answer = self.asks(&sid, &step.unwrap(), &said).await;
            } else if answer.contains("<Dial") {
                rang = true;
                let whispers = answer.contains("whisper");
                let picked_up = self.chance.below(3) > 0;
                if picked_up && whispers {
                    let of_this = format!("call={sid}&attempt=0");
                    let leg = sid.replace("CA0", "CAf");
                    self.asks(&leg, &format!("whisper?{of_this}"), &[]).await;
                    self.asks(&leg, &format!("pressed?{of_this}"), &[("Digits", "1")])
                        .await;
                }
                let status = if picked_up { "completed" } else { "no-answer" };
                let step = step.filter(|step| step.starts_with("dialled"));
                let step = step.unwrap_or_else(|| "dialled?attempt=0".to_owned());
                answer = self.asks(&sid, &step, &[("DialCallStatus", status)]).await;
                if picked_up {
                    return self.ends(Fate::Owner).await;
                }
            } else if answer.contains("<Record") {
                let sound = [
                    ("RecordingUrl", "https://api.twilio.com/r/RE1"),
                    ("RecordingDuration", "7"),
                ];
                let step = step.filter(|step| step.starts_with("recorded"));
                self.asks(
                    &sid,
                    &step.unwrap_or_else(|| "recorded?turn=1".into()),
                    &sound,
                )
                .await;
                return self.ends(Fate::Message).await;
            } else if rang {
                // His phone rang, and nobody wants a message.
                return self.ends(Fate::Owner).await;
            } else {
                let justified = self.is_refused_on_good_grounds().await;
                let fate = if justified { Fate::Refused } else { Fate::Lost };
                if fate == Fate::Lost {
                    println!("{sid} {}: {answer}", self.from);
                }
                return self.ends(fate).await;
            }
        }
        self.ends(Fate::Lost).await
    }

    fn id(&self) -> ProviderCallId {
        ProviderCallId {
            provider: "twilio".into(),
            id: self.sid.clone(),
        }
    }

    /// What holds a caller up is on the disk before he hears it.
    async fn is_kept(&self, what: &str) {
        let kept = now(&self.serving).kept.call_by_provider(&self.id()).await;
        assert!(
            kept.unwrap().is_some(),
            "{what} to {} without its record",
            self.sid
        );
    }

    async fn is_refused_on_good_grounds(&self) -> bool {
        let kept = now(&self.serving).kept.call_by_provider(&self.id()).await;
        kept.unwrap().is_some_and(|call| {
            let refused = call.verdict.as_ref().is_some_and(|verdict| {
                verdict.treatment == Treatment::Reject && verdict.ground != Ground::FailOpen
            });
            refused && !call.reasons.is_empty()
        })
    }

    async fn ends(mut self, fate: Fate) -> (Fate, Duration) {
        let sid = self.sid.clone();
        let over = [("CallStatus", "completed"), ("CallDuration", "31")];
        self.asks(&sid, "status", &over).await;
        (fate, self.slowest)
    }
}

/// Breaks one thing after the other, and mends each; how often it did.
async fn trouble(
    serving: Serving,
    mut chance: Chance,
    count: Arc<Mutex<BTreeMap<&'static str, u32>>>,
) {
    loop {
        tokio::time::sleep(Duration::from_secs(20 + chance.below(600))).await;
        let house = now(&serving);
        let lasts = Duration::from_secs(1 + chance.below(60));
        let what = match chance.below(5) {
            0 => {
                house.breaks(FULL);
                "the store was full"
            }
            1 => {
                house.breaks(PANICS);
                "the store broke"
            }
            2 => {
                house.breaks(HANGS);
                "the store hung"
            }
            3 => {
                let anew = house.begun_anew().await;
                *serving.lock().unwrap() = Arc::new(anew);
                "the program was begun anew"
            }
            _ => {
                let jump = SignedDuration::from_mins(i64::try_from(chance.below(1_440)).unwrap());
                let jump = if chance.below(2) == 0 { jump } else { -jump };
                house.clock.advance(jump);
                tokio::time::sleep(lasts).await;
                house.clock.advance(-jump);
                "the clock jumped"
            }
        };
        *count.lock().unwrap().entry(what).or_default() += 1;
        tokio::time::sleep(lasts).await;
        house.breaks(WELL);
        // The program may have been begun anew; whichever serves heals by itself.
        let began = Instant::now();
        let house = now(&serving);
        while house.service.keeper().store().is_none() || house.service.keeper().unwritten() > 0 {
            assert!(began.elapsed() < HEALED, "{what}, and it does not heal");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Says nothing of the panics that are meant: writing each one down takes longer than the rest of a day.
fn hush() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let meant = panic
            .payload_as_str()
            .is_some_and(|said| said.contains("as this test wants"));
        if !meant {
            tell(panic);
        }
    }));
}

#[tokio::test(start_paused = true)]
async fn whatever_breaks_for_days_no_caller_is_lost() {
    let (calls, seed) = (number_from("PORTNER_CALLS", 400), seed());
    println!("{calls} calls, PORTNER_SEED={seed}");
    hush();
    let house = Arc::new(Installation::with(SETTINGS, |twilio| Arc::new(twilio)).await);
    let clock = Arc::clone(&house.clock);
    let ticks = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            clock.advance(SignedDuration::from_secs(1));
        }
    });
    let serving: Serving = Arc::new(Mutex::new(house));
    let troubles = Arc::default();
    let breaking = trouble(Arc::clone(&serving), Chance(!seed), Arc::clone(&troubles));
    let breaking = tokio::spawn(breaking);
    let conversations = conversations();
    let (began, mut chance) = (Instant::now(), Chance(seed));
    let mut fates: BTreeMap<Fate, u64> = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    let mut calling = JoinSet::new();
    let mut take = |ended: (Fate, Duration)| {
        *fates.entry(ended.0).or_default() += 1;
        slowest = slowest.max(ended.1);
    };
    for number in 0..calls {
        assert!(!breaking.is_finished(), "it did not heal");
        let pause = BETWEEN.as_millis() as u64 * chance.below(2_000) / 1_000;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let drawn = usize::try_from(chance.below(conversations.len() as u64)).unwrap();
        let caller = Caller {
            sid: format!("CA0{number:031x}"),
            from: format!("+45{}", 20_000_000 + chance.below(9_000_000)),
            says: conversations[drawn].clone().into_iter(),
            chance: Chance(seed ^ number.wrapping_mul(0x9e37_79b9)),
            serving: Arc::clone(&serving),
            slowest: Duration::ZERO,
        };
        calling.spawn(caller.call());
        while let Some(ended) = calling.try_join_next() {
            take(ended.unwrap());
        }
    }
    while let Some(ended) = calling.join_next().await {
        take(ended.unwrap());
    }
    assert!(!breaking.is_finished(), "it did not heal");
    breaking.abort();
    ticks.abort();
    let days = began.elapsed().as_secs_f64() / 86_400.0;
    println!(
        "{days:.2} days: {fates:?}, slowest answer {slowest:?}; {:?}",
        troubles.lock().unwrap()
    );
    assert_eq!(fates.get(&Fate::Lost), None);
    assert_eq!(fates.values().sum::<u64>(), calls);
    assert!(slowest <= PROMISED, "{slowest:?}");
    assert!(troubles.lock().unwrap().values().sum::<u32>() > 5);
    for fate in [Fate::Owner, Fate::Message, Fate::Refused] {
        assert!(fates.contains_key(&fate), "nobody ended as {fate:?}");
    }
}
