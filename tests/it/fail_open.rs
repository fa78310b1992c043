//! Whatever breaks behind a verified request, the owner's phone rings, and nothing is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use portner::app::policies;
use portner::call::{
    Call, CallId, E164, FixedClock, Ground, ListEntry, ListName, NumberPattern, ProviderCallId,
    Treatment,
};
use portner::config::Config;
use portner::providers::twilio::{Account, Settings, Twilio, sign};
use portner::providers::{Provider, RawRequest};
use portner::service::{Answer, Keeper, Parts, Service};
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
const SID: &str = "CA00000000000000000000000000000001";

/// A store whose disk can be taken away.
struct Breaking {
    kept: Arc<dyn Store>,
    broken: Arc<AtomicBool>,
}

impl Breaking {
    fn works(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Io("No space left on device".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Breaking {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.works()?;
        self.kept.commit(commit).await
    }
    async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        self.kept.call(id).await
    }
    async fn call_by_provider(&self, id: &ProviderCallId) -> Result<Option<Call>, StoreError> {
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
        self.works()?;
        self.kept.change_lists(changes).await
    }
    async fn jobs_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.kept.jobs_due(now, limit).await
    }
    async fn settle_job(&self, id: Uuid, again: Option<Job>) -> Result<(), StoreError> {
        self.works()?;
        self.kept.settle_job(id, again).await
    }
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept.setting(name).await
    }
    async fn put_setting(&self, name: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.works()?;
        self.kept.put_setting(name, value).await
    }
    async fn shelve(
        &self,
        shelf: Shelf,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        self.works()?;
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
    async fn counts(&self) -> Result<Counts, StoreError> {
        self.kept.counts().await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.works()
    }
    async fn close(&self) {}
}

/// A service whose store can be broken and mended.
struct Installation {
    service: Arc<Service>,
    kept: Arc<dyn Store>,
    broken: Arc<AtomicBool>,
    stop: CancellationToken,
}

impl Installation {
    async fn start() -> Self {
        let config = Config::from_text(None, "", &BTreeMap::new()).unwrap();
        let (compiled, _) = policies::compile(&config).unwrap();
        let (_sender, in_force) = watch::channel(Arc::new(compiled));
        let mut settings = Settings::new(PUBLIC_URL);
        settings
            .accounts
            .push(Account::new(ACCOUNT, TOKEN.to_owned().into()));
        let twilio: Arc<dyn Provider> = Arc::new(Twilio::new(settings).unwrap());
        let kept = store::open("memory:").await.unwrap();
        let broken = Arc::new(AtomicBool::new(false));
        let (disk, away) = (Arc::clone(&kept), Arc::clone(&broken));
        let keeper = Arc::new(Keeper::new(Box::new(move || {
            let store = Breaking {
                kept: Arc::clone(&disk),
                broken: Arc::clone(&away),
            };
            Box::pin(async move {
                store.works()?;
                Ok(Arc::new(store) as Arc<dyn Store>)
            })
        })));
        keeper.open().await.unwrap();
        let service = Service::new(Parts {
            providers: vec![twilio],
            policies: in_force,
            keeper,
            clock: Arc::new(FixedClock::at("2026-11-23T10:00:00Z".parse().unwrap())),
            metrics: Arc::new(Metrics::new()),
        });
        let stop = CancellationToken::new();
        tokio::spawn(Arc::clone(&service).run(stop.clone()));
        Self {
            service,
            kept,
            broken,
            stop,
        }
    }

    async fn hook(&self, step: &str, more: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("CallSid", SID),
            ("AccountSid", ACCOUNT),
            ("From", "+4571234567"),
            ("To", "+4570101010"),
        ];
        fields.extend_from_slice(more);
        let url = format!("{PUBLIC_URL}/webhooks/twilio/{step}");
        let signature = sign(&url, &fields, TOKEN);
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
        let request = RawRequest {
            method: Method::POST,
            step: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.into(),
        };
        match self.service.on_request("twilio", request).await {
            Some(Answer::Reply(reply)) => String::from_utf8(reply.body.to_vec()).unwrap(),
            other => panic!("no instructions: {other:?}"),
        }
    }

    async fn kept_call(&self) -> Option<Call> {
        let id = ProviderCallId {
            provider: "twilio".into(),
            id: SID.into(),
        };
        self.kept.call_by_provider(&id).await.unwrap()
    }

    /// Mends the disk and waits until the call is on it.
    async fn mended(&self) -> Call {
        self.broken.store(false, Ordering::SeqCst);
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

impl Drop for Installation {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn rings_plainly(document: &str) -> bool {
    document.contains("<Dial") && !document.contains("<Gather") && !document.contains("whisper")
}

#[tokio::test]
async fn with_the_disk_full_a_new_caller_rings_the_owner_and_is_written_down_later() {
    let house = Installation::start().await;
    house.broken.store(true, Ordering::SeqCst);
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
    house.broken.store(true, Ordering::SeqCst);
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
