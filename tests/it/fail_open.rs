//! Whatever breaks behind a verified request, the owner's phone rings, and nothing is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use portner::app::policies;
use portner::call::{
    Call, CallId, Disposition, E164, FixedClock, Ground, ListEntry, ListName, NumberPattern,
    OwnerAction, ProviderCallId, Treatment,
};
use portner::config::Config;
use portner::providers::twilio::{Account, Settings, Twilio, sign};
use portner::providers::{Provider, RawRequest};
use portner::service::{ActError, Answer, Keeper, Parts, Policies, Service};
use portner::store::{
    self, CallFilter, CallPage, Commit, Counts, Job, ListChange, Shelf, Shelved, Store, StoreError,
};
use portner::telemetry::Metrics;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PUBLIC_URL: &str = "https://portner.test";
const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "the-auth-token";
pub const SID: &str = "CA00000000000000000000000000000001";

pub const WELL: u8 = 0;
/// Every write is an error, as on a full disk.
pub const FULL: u8 = 1;
/// Reads and writes panic.
pub const PANICS: u8 = 2;
/// Reads and writes never come back.
pub const HANGS: u8 = 3;

/// A store whose disk can be taken away.
struct Breaking {
    kept: Arc<dyn Store>,
    broken: Arc<AtomicU8>,
}

impl Breaking {
    async fn works(&self) -> Result<(), StoreError> {
        match self.broken.load(Ordering::SeqCst) {
            WELL => Ok(()),
            FULL => Err(StoreError::Io("No space left on device".into())),
            PANICS => panic!("the store breaks, as this test wants it to"),
            _ => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Store for Breaking {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.commit(commit).await
    }
    async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        self.kept.call(id).await
    }
    async fn call_by_provider(&self, id: &ProviderCallId) -> Result<Option<Call>, StoreError> {
        if self.broken.load(Ordering::SeqCst) != FULL {
            self.works().await?;
        }
        self.kept.call_by_provider(id).await
    }
    async fn calls(
        &self,
        filter: &CallFilter,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, StoreError> {
        self.kept.calls(filter, before, limit).await
    }
    async fn entries_matching(&self, number: E164) -> Result<Vec<ListEntry>, StoreError> {
        self.kept.entries_matching(number).await
    }
    async fn entries(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
        limit: usize,
    ) -> Result<Vec<ListEntry>, StoreError> {
        self.kept.entries(list, after, limit).await
    }
    async fn change_lists(&self, changes: Vec<ListChange>) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.change_lists(changes).await
    }
    async fn jobs_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.kept.jobs_due(now, limit).await
    }
    async fn put_job(&self, job: Job) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.put_job(job).await
    }
    async fn settle_job(&self, id: Uuid, again: Option<Job>) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.settle_job(id, again).await
    }
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept.setting(name).await
    }
    async fn put_setting(&self, name: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.put_setting(name, value).await
    }
    async fn shelve(
        &self,
        shelf: Shelf,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.shelve(shelf, changes).await
    }
    async fn shelved(&self, shelf: Shelf, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept.shelved(shelf, name).await
    }
    async fn shelf(
        &self,
        shelf: Shelf,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Shelved>, StoreError> {
        self.kept.shelf(shelf, after, limit).await
    }
    async fn remove_calls(&self, ids: Vec<CallId>) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.remove_calls(ids).await
    }
    async fn scrub(&self) -> Result<(), StoreError> {
        self.works().await?;
        self.kept.scrub().await
    }
    async fn counts(&self) -> Result<Counts, StoreError> {
        self.kept.counts().await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.works().await
    }
    async fn close(&self) {}
}

/// A service whose store can be broken and mended.
pub struct Installation {
    pub service: Arc<Service>,
    pub kept: Arc<dyn Store>,
    pub clock: Arc<FixedClock>,
    broken: Arc<AtomicU8>,
    stop: CancellationToken,
    twilio: Arc<dyn Provider>,
    policies: watch::Receiver<Arc<Policies>>,
}

impl Installation {
    pub async fn start() -> Self {
        Self::with("", |twilio| Arc::new(twilio)).await
    }

    /// With these settings, and something between Twilio and the service.
    pub async fn with(settings: &str, wrap: impl FnOnce(Twilio) -> Arc<dyn Provider>) -> Self {
        let clock = FixedClock::at("2026-11-23T10:00:00Z".parse().unwrap());
        Self::at(clock, settings, wrap).await
    }

    /// The same, on a clock that says what it likes.
    pub async fn at(
        clock: FixedClock,
        settings: &str,
        wrap: impl FnOnce(Twilio) -> Arc<dyn Provider>,
    ) -> Self {
        let config = Config::from_text(None, settings, &BTreeMap::new()).unwrap();
        let (compiled, _) = policies::compile(&config).unwrap();
        let (_sender, in_force) = watch::channel(Arc::new(compiled));
        let mut settings = Settings::new(PUBLIC_URL);
        settings.account = Some(Account::new(ACCOUNT, TOKEN.to_owned().into()));
        let twilio = wrap(Twilio::new(settings).unwrap());
        let kept = store::open("memory:").await.unwrap();
        Self::on(kept, Arc::new(clock), twilio, in_force).await
    }

    /// The same house after its program was ended and begun anew.
    pub async fn begun_anew(&self) -> Self {
        self.stop.cancel();
        let twilio = self.twilio.clone();
        let in_force = self.policies.clone();
        Self::on(
            Arc::clone(&self.kept),
            Arc::clone(&self.clock),
            twilio,
            in_force,
        )
        .await
    }

    async fn on(
        kept: Arc<dyn Store>,
        clock: Arc<FixedClock>,
        twilio: Arc<dyn Provider>,
        policies: watch::Receiver<Arc<Policies>>,
    ) -> Self {
        let broken = Arc::new(AtomicU8::new(WELL));
        let (disk, away) = (Arc::clone(&kept), Arc::clone(&broken));
        let keeper = Arc::new(Keeper::new(Box::new(move || {
            let store = Breaking {
                kept: Arc::clone(&disk),
                broken: Arc::clone(&away),
            };
            Box::pin(async move {
                store.works().await?;
                Ok(Arc::new(store) as Arc<dyn Store>)
            })
        })));
        keeper.open().await.unwrap();
        let service = Service::new(Parts {
            providers: vec![Arc::clone(&twilio)],
            policies: policies.clone(),
            keeper,
            clock: Arc::<FixedClock>::clone(&clock),
            metrics: Arc::new(Metrics::new()),
        });
        let stop = CancellationToken::new();
        tokio::spawn(Arc::clone(&service).run(stop.clone()));
        Self {
            service,
            kept,
            clock,
            broken,
            stop,
            twilio,
            policies,
        }
    }

    /// From now on the store is like that.
    pub fn breaks(&self, how: u8) {
        self.broken.store(how, Ordering::SeqCst);
    }

    pub async fn hook(&self, step: &str, more: &[(&str, &str)]) -> String {
        self.hook_of(SID, step, more).await
    }

    /// The instructions for a signed request about this call.
    pub async fn hook_of(&self, sid: &str, step: &str, more: &[(&str, &str)]) -> String {
        match self.answer(sid, step, more).await {
            Answer::Reply(reply) => String::from_utf8(reply.body.to_vec()).unwrap(),
            other => panic!("no instructions: {other:?}"),
        }
    }

    /// The answer to a signed request about this call.
    pub async fn answer(&self, sid: &str, step: &str, more: &[(&str, &str)]) -> Answer {
        let request = signed(sid, step, more);
        self.service.on_request("twilio", request).await.unwrap()
    }

    pub async fn kept_call(&self) -> Option<Call> {
        let id = ProviderCallId {
            provider: "twilio".into(),
            id: SID.into(),
        };
        self.kept.call_by_provider(&id).await.unwrap()
    }

    /// Mends the disk and waits until the call is on it.
    pub async fn mended(&self) -> Call {
        self.breaks(WELL);
        for _ in 0..200 {
            if self.service.keeper().unwritten() == 0
                && let Some(call) = self.kept_call().await
            {
                return call;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the call was not written after the disk came back");
    }
}

#[tokio::test]
async fn with_the_keys_of_before_calls_go_on_and_none_begins() {
    let house = Installation::start().await;
    house.hook("voice", &[]).await;
    let mut settings = Settings::new(PUBLIC_URL);
    settings.account = Some(Account::new(ACCOUNT, "another-token".to_owned().into()));
    let others = Arc::new(Twilio::new(settings).unwrap());
    house.service.call_through(vec![others]);
    let answer = house.hook("heard?turn=1", &[("SpeechResult", "hej")]).await;
    assert!(answer.contains("<Gather"), "{answer}");
    let unknown = "CA000000000000000000000000000000ff";
    let fields = [
        ("CallStatus", "completed"),
        ("DialCallStatus", "completed"),
        ("RecordingUrl", "https://api.twilio.com/RE1"),
    ];
    for step in [
        "voice",
        "fallback",
        "heard?turn=1",
        "dialled?attempt=0",
        "recorded?turn=1",
        "status",
    ] {
        let answer = house.answer(unknown, step, &fields).await;
        assert!(
            matches!(answer, Answer::Refused { .. }),
            "{step}: {answer:?}"
        );
    }
    assert_eq!(house.kept.counts().await.unwrap().calls, 1);
}

#[tokio::test]
async fn a_wish_of_the_owner_that_cannot_be_kept_leaves_the_call_as_it_was() {
    let house = Installation::start().await;
    let asked = house.hook("voice", &[]).await;
    let before = house.kept_call().await.unwrap();
    house.breaks(HANGS);
    let acted = house.service.act(before.id, OwnerAction::Refuse).await;
    assert!(matches!(acted, Err(ActError::NotKept)), "{acted:?}");
    assert_eq!(house.service.keeper().unwritten(), 0);
    house.breaks(WELL);
    assert_eq!(house.kept_call().await, Some(before.clone()));
    // The caller goes on as he was, and the owner's second try is no repeat.
    assert_eq!(house.hook("voice", &[]).await, asked);
    let acted = house.service.act(before.id, OwnerAction::Refuse).await;
    acted.unwrap();
    let verdict = house.kept_call().await.unwrap().verdict.unwrap();
    assert_eq!(verdict.treatment, Treatment::Reject);
}

/// A request as Twilio makes it.
pub fn signed(sid: &str, step: &str, more: &[(&str, &str)]) -> RawRequest {
    let mut fields = vec![
        ("CallSid", sid),
        ("AccountSid", ACCOUNT),
        ("From", "+4571234567"),
        ("To", "+4570101010"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    fields.extend_from_slice(more);
    signed_by(PUBLIC_URL, TOKEN, step, &fields)
}

/// A request signed with this token, to the service at this address.
pub fn signed_by(base: &str, token: &str, step: &str, fields: &[(&str, &str)]) -> RawRequest {
    let url = format!("{base}/webhooks/twilio/{step}");
    let signature = sign(&url, fields, token);
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-twilio-signature",
        HeaderValue::from_str(&signature).unwrap(),
    );
    headers.insert(
        "content-type",
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let (path, query) = step.split_once('?').unwrap_or((step, ""));
    RawRequest {
        method: Method::POST,
        step: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body.into(),
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub fn rings_plainly(document: &str) -> bool {
    document.contains("<Dial") && !document.contains("<Gather") && !document.contains("whisper")
}

#[tokio::test]
async fn with_the_disk_full_a_new_caller_rings_the_owner_and_is_written_down_later() {
    let house = Installation::start().await;
    house.breaks(FULL);
    let answer = house.hook("voice", &[]).await;
    assert!(rings_plainly(&answer), "{answer}");
    assert_eq!(house.hook("voice", &[]).await, answer, "twice is once");
    assert!(house.service.keeper().trouble().is_some());
    let call = house.mended().await;
    let verdict = call.verdict.unwrap();
    assert_eq!(
        (verdict.treatment, verdict.ground),
        (Treatment::Connect, Ground::FailOpen)
    );
    assert!(house.service.keeper().trouble().is_none());
}

#[tokio::test]
async fn a_no_that_cannot_be_written_down_is_not_said() {
    let house = Installation::start().await;
    house.hook("voice", &[]).await;
    house
        .hook(
            "heard?turn=1",
            &[("SpeechResult", "taler jeg med den it ansvarlige")],
        )
        .await;
    house
        .hook(
            "heard?turn=2",
            &[("SpeechResult", "det handler om at optimere jeres drift")],
        )
        .await;
    house.breaks(FULL);
    let answer = house
        .hook(
            "heard?turn=3",
            &[(
                "SpeechResult",
                "mange i jeres branche sparer penge hos os og vi ringer til alle",
            )],
        )
        .await;
    assert!(rings_plainly(&answer), "{answer}");
    let call = house.mended().await;
    assert_ne!(call.verdict.unwrap().treatment, Treatment::Reject);
}

#[tokio::test]
async fn a_call_whose_beginning_nobody_knows_rings_the_owner() {
    let house = Installation::start().await;
    let answer = house
        .hook("heard?turn=4", &[("SpeechResult", "hej igen")])
        .await;
    assert!(rings_plainly(&answer), "{answer}");
    // Who called is known all the same, so that he can be called back.
    let call = house.kept_call().await.unwrap();
    assert!(call.caller.number.public().is_some(), "{:?}", call.caller);
}

#[tokio::test]
async fn what_comes_after_the_end_changes_nothing() {
    let house = Installation::start().await;
    house.hook("voice", &[]).await;
    house
        .hook(
            "status",
            &[("CallStatus", "completed"), ("CallDuration", "9")],
        )
        .await;
    let before = house.kept_call().await.unwrap();
    house
        .hook("heard?turn=1", &[("SpeechResult", "hej det er lone")])
        .await;
    assert_eq!(house.kept_call().await.unwrap(), before);
}

const TWO_LINES: &str = r#"
[[line]]
id = "shop"
number = "+4570101010"
[[line.destination]]
number = "+4520111111"
[[line]]
id = "clinic"
number = "+4570202020"
[[line.destination]]
number = "+4520222222"
"#;

/// What is behind a number is rung from it only, whatever was lost or breaks on the way.
#[tokio::test(flavor = "multi_thread")]
async fn every_line_rings_its_own_owner_also_when_things_break() {
    let house = Installation::with(TWO_LINES, |twilio| Arc::new(twilio)).await;
    let to_clinic = ("To", "+4570202020");
    let said = ("SpeechResult", "hej igen");
    // Nobody knows its beginning.
    let answer = house
        .hook_of(
            "CA00000000000000000000000000000011",
            "heard?turn=4",
            &[to_clinic, said],
        )
        .await;
    assert!(
        answer.contains("+4520222222") && !answer.contains("+4520111111"),
        "{answer}"
    );
    for (number, fault) in [(21, FULL), (22, PANICS), (23, HANGS)] {
        let sid = format!("CA{number:032}");
        house.hook_of(&sid, "voice", &[to_clinic]).await;
        house.breaks(fault);
        let answer = house
            .hook_of(&sid, "heard?turn=1", &[to_clinic, said])
            .await;
        assert!(rings_plainly(&answer), "{fault}: {answer}");
        assert!(answer.contains("+4520222222"), "{fault}: {answer}");
        assert!(!answer.contains("+4520111111"), "{fault}: {answer}");
        house.breaks(WELL);
        let began = std::time::Instant::now();
        while house.service.keeper().store().is_none() || house.service.keeper().unwritten() > 0 {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{fault} does not heal"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_call_stays_on_its_line_and_a_number_that_is_not_ours_rings_the_first() {
    let house = Installation::with(TWO_LINES, |twilio| Arc::new(twilio)).await;
    house.hook("voice", &[]).await;
    house
        .hook(
            "heard?turn=1",
            &[("To", "+4570202020"), ("SpeechResult", "hej")],
        )
        .await;
    let call = house.kept_call().await.unwrap();
    assert_eq!(
        (call.line.0.as_str(), call.called.as_str()),
        ("shop", "+4570101010")
    );
    house.breaks(FULL);
    let sid = "CA00000000000000000000000000000012";
    for stranger in ["+4599999999", "sip:x@y", ""] {
        let answer = house.hook_of(sid, "voice", &[("To", stranger)]).await;
        assert!(answer.contains("+4520111111"), "{stranger}: {answer}");
    }
}

const OWNERS_LEG: &str = "CA000000000000000000000000000000f1";

/// The owner's phone, on which he is told who calls, and presses this.
async fn the_owner_takes_it(house: &Installation, key: &str) -> [String; 2] {
    let parent = [("ParentCallSid", SID)];
    let whisper = format!("whisper?call={SID}&attempt=0");
    let told = house.hook_of(OWNERS_LEG, &whisper, &parent).await;
    let pressed = format!("pressed?call={SID}&attempt=0");
    let keys = [("ParentCallSid", SID), ("Digits", key)];
    [told, house.hook_of(OWNERS_LEG, &pressed, &keys).await]
}

const SPOKE: [(&str, &str); 3] = [
    ("DialCallStatus", "completed"),
    ("DialBridged", "true"),
    ("DialCallDuration", "40"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_while_the_owners_phone_rings_takes_nothing_from_the_call() {
    for how in [FULL, HANGS] {
        let house = Installation::start().await;
        house.hook("voice", &[]).await;
        let errand = [("SpeechResult", "hej det er lone min hjemmeside er nede")];
        let rung = house.hook("heard?turn=1", &errand).await;
        assert!(rung.contains("<Dial"), "{rung}");
        house.breaks(how);
        let [told, taken] = the_owner_takes_it(&house, "1").await;
        assert!(told.contains("lone") && told.contains("<Gather"), "{told}");
        assert!(!taken.contains("<Hangup"), "{taken}");
        house.hook("dialled?attempt=0", &SPOKE).await;
        let call = house.mended().await;
        assert_eq!(call.disposition, Some(Disposition::Connected));
        let calls = house.kept.calls(&CallFilter::default(), None, 9).await;
        assert_eq!(calls.unwrap().calls.len(), 1, "it is the same call");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_only_the_owners_phone_told_of_gets_its_line_and_caller_from_the_callers_leg() {
    let house = Installation::with(TWO_LINES, |twilio| Arc::new(twilio)).await;
    let [told, taken] = the_owner_takes_it(&house, "1").await;
    assert!(told.contains("<Gather"), "{told}");
    assert!(!taken.contains("<Hangup"), "{taken}");
    let ended = [&SPOKE[..], &[("To", "+4570202020")]].concat();
    house.hook("dialled?attempt=0", &ended).await;
    let call = house.mended().await;
    assert_eq!(call.line.0, "clinic");
    assert_eq!(
        call.caller.number.public(),
        Some(E164::parse("+4571234567").unwrap())
    );
    assert_eq!(call.disposition, Some(Disposition::Connected));
}
