//! The real program is killed at random moments, started again on the same store, and held to
//! every answer that it gave.
//!
//! `PORTNER_KILLS` says how often (10 where it is not set); `PORTNER_SEED` repeats a run:
//! `PORTNER_KILLS=200 cargo test --release --test it kill::`.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portner::call::{Clock as _, SystemClock};
use portner::providers::twilio::sign;
use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinSet;

pub(super) const PUBLIC_URL: &str = "https://screen.example.dk";
pub(super) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(super) const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// So many people call at the same time.
const CALLERS: usize = 8;
/// Between two requests of one of them.
const PACE: Duration = Duration::from_millis(4);
/// Answers that a caller gives before he hangs up.
const ANSWERS: usize = 2;

/// What befalls the files besides the kill.
pub(super) trait Fault {
    /// Before the program is started.
    fn arm(&self, _command: &mut Command) {}
    /// After it was killed.
    fn strike(&mut self, _chance: &mut Chance) {}
}

/// The program is killed, and the files stay as they are.
pub(super) struct KillOnly;

impl Fault for KillOnly {}

/// The program that is tried: the one that was built with the tests, or another one that
/// `PORTNER_PROGRAM` names.
pub(super) fn program() -> PathBuf {
    let built = || assert_cmd::cargo::cargo_bin!("portner").into();
    std::env::var_os("PORTNER_PROGRAM").map_or_else(built, PathBuf::from)
}

/// A service in a process of its own; killed when it is let go of.
pub(super) struct Service {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Service {
    pub(super) fn start(folder: &Path, address: SocketAddr, fault: &dyn Fault) -> Self {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("log"))
            .unwrap();
        // More calls than any owner pays for are to be screened here.
        let settings = "[spend]\nper_minute = 1000000\nper_caller = 10000\nper_day = 1000000\n";
        std::fs::write(folder.join("portner.toml"), settings).unwrap();
        let mut command = Command::new(program());
        fault.arm(&mut command);
        let child = command
            .args(["serve", "--listen", &address.to_string()])
            .current_dir(folder)
            .env(
                "PORTNER_STORE",
                format!("sled:{}", folder.join("data").display()),
            )
            .env("PORTNER_PUBLIC_URL", PUBLIC_URL)
            .env("PORTNER_TWILIO_ACCOUNT_SID", ACCOUNT)
            .env("PORTNER_TWILIO_AUTH_TOKEN", AUTH_TOKEN)
            .env("PORTNER_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("it starts");
        Self { child, address }
    }

    /// Waits until it says that it is ready. How long that took is part of what is looked at.
    pub(super) async fn ready(&self, client: &Client, folder: &Path) {
        let url = format!("http://{}/health/ready", self.address);
        let began = Instant::now();
        loop {
            if let Ok(answer) = client.get(&url).send().await
                && answer.status().is_success()
            {
                return;
            }
            if began.elapsed() > Duration::from_secs(120) {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(5).collect();
                panic!("it does not become ready: {tail:#?}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The number of its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop, as the system does.
    pub(super) fn told_to_stop(&self) {
        let pid = self.pid().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.unwrap().success());
    }

    pub(super) fn has_stopped(&mut self) -> bool {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none_or(|status| status.success()), "{ended:?}");
        ended.is_some()
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call, and every answer that was given to it.
#[derive(Debug, Clone, Default)]
struct Begun {
    number: u64,
    answers: Vec<String>,
    over: bool,
}

impl Begun {
    fn caller(&self) -> String {
        format!("+45{}", 20_000_000 + self.number)
    }

    fn sid(&self) -> String {
        format!("CA{:032x}", self.number)
    }

    /// The step that comes next, and what Twilio says with it.
    fn step(&self) -> (String, Vec<(&'static str, String)>) {
        let Some(last) = self.answers.last() else {
            return ("voice".into(), vec![("CallStatus", "ringing".into())]);
        };
        match next_step(last).filter(|_| self.answers.len() <= ANSWERS) {
            Some(step) => {
                let words = format!("goddag det er kunde nummer {}", self.number);
                let said = [("SpeechResult", words), ("Confidence", "0.9".into())];
                (step, said.into())
            }
            None => ("status".into(), vec![("CallStatus", "completed".into())]),
        }
    }

    /// Sends the next step. Breaks off when there is no answer, since somebody was killed.
    async fn go_on(&mut self, client: &Client, address: SocketAddr) -> ControlFlow<()> {
        let (step, more) = self.step();
        let Some(answer) = self.send(client, address, &step, more).await else {
            return ControlFlow::Break(());
        };
        self.answers.push(answer);
        self.over = step == "status";
        ControlFlow::Continue(())
    }

    async fn send(
        &self,
        client: &Client,
        address: SocketAddr,
        step: &str,
        more: Vec<(&'static str, String)>,
    ) -> Option<String> {
        let mut fields = vec![
            ("AccountSid", ACCOUNT.to_owned()),
            ("CallSid", self.sid()),
            ("From", self.caller()),
            ("To", "+4570101010".to_owned()),
        ];
        fields.extend(more);
        let signed: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let signature = sign(
            &format!("{PUBLIC_URL}/webhooks/twilio/{step}"),
            &signed,
            AUTH_TOKEN,
        );
        let answer = client
            .post(format!("http://{address}/webhooks/twilio/{step}"))
            .header("x-twilio-signature", signature)
            .form(&fields)
            .send()
            .await
            .ok()?;
        let status = answer.status();
        let body = answer.text().await.ok()?;
        assert_eq!(status, 200, "{step} of {}: {body}", self.number);
        Some(body)
    }
}

/// Where a document says that the next answer goes.
fn next_step(document: &str) -> Option<String> {
    let (_, rest) = document.split_once("/webhooks/twilio/")?;
    let end = rest.find(['"', '<'])?;
    Some(rest[..end].replace("&amp;", "&"))
}

/// People who call one after the other, beginning with those whose call was cut off.
async fn call_until_nobody_answers(
    client: Client,
    address: SocketAddr,
    mut resumed: Vec<Begun>,
    next: &'static AtomicU64,
) -> Vec<Begun> {
    let mut calls = Vec::new();
    loop {
        let mut call = resumed.pop().unwrap_or_else(|| Begun {
            number: next.fetch_add(1, Ordering::Relaxed),
            ..Begun::default()
        });
        while !call.over {
            tokio::time::sleep(PACE).await;
            if call.go_on(&client, address).await.is_break() {
                calls.push(call);
                calls.extend(resumed);
                return calls;
            }
        }
        calls.push(call);
    }
}

/// What the service says of its calls.
struct Log<'a> {
    client: &'a Client,
    address: SocketAddr,
    key: String,
}

impl Log<'_> {
    async fn read(&self, path: &str) -> Value {
        let answer = self
            .client
            .get(format!("http://{}/api/v1/{path}", self.address))
            .bearer_auth(&self.key)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// The log has every answer that was given, in order, once, and at most one more, whose answer
    /// nobody heard.
    async fn agrees_with(&self, call: &Begun) {
        let caller = call.caller();
        let page = self.read(&format!("calls?caller={}", &caller[1..])).await;
        let found = page["calls"].as_array().unwrap();
        if call.answers.is_empty() && found.is_empty() {
            return;
        }
        assert_eq!(found.len(), 1, "{caller} is there {} times", found.len());
        let id = found[0]["id"].as_str().unwrap();
        let story = self.read(&format!("calls/{id}")).await;
        let told: Vec<&str> = story["markup"]
            .as_array()
            .unwrap()
            .iter()
            .map(|markup| markup["body"].as_str().unwrap())
            .collect();
        let heard: Vec<&str> = call.answers.iter().map(String::as_str).collect();
        assert!(
            told.starts_with(&heard) && told.len() <= heard.len() + 1,
            "{caller}\nheard: {heard:#?}\nlog: {told:#?}"
        );
        let ended = story["call"]["stage"] == "ended";
        assert!(ended || !call.over, "{caller} is stuck");
    }

    async fn count(&self) -> usize {
        let mut count = 0;
        let mut before = String::new();
        loop {
            let page = self.read(&format!("calls?limit=500{before}")).await;
            count += page["calls"].as_array().unwrap().len();
            match page["next"].as_str() {
                Some(next) => before = format!("&before={next}"),
                None => return count,
            }
        }
    }
}

/// Numbers that look as if they came by chance, the same again from the same seed.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

pub(super) fn number_from(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(number) => number.parse().expect("a number"),
        Err(_) => otherwise,
    }
}

/// What the draw begins with: said, so that it can be had again.
pub(super) fn seed() -> u64 {
    let by_time = SystemClock.now().as_second();
    number_from("PORTNER_SEED", by_time.unsigned_abs())
}

pub(super) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Keeps no connection: one to a service that was killed would be tried with the next.
pub(super) fn client() -> Client {
    let client = Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(10));
    client.build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_lost_to_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let kills = number_from("PORTNER_KILLS", 10);
    hold_to_answers(folder.path(), kills, seed(), &mut KillOnly).await;
}

/// Lets people call, kills the service at random moments, and looks at what its log says of every
/// answer that it gave.
pub(super) async fn hold_to_answers(folder: &Path, kills: u64, seed: u64, fault: &mut dyn Fault) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    println!("{kills} kills, PORTNER_SEED={seed}");
    let mut chance = Chance(seed);
    let (address, client) = (free_address(), client());
    let mut finished: Vec<Begun> = Vec::new();
    let mut cut_off: Vec<Begun> = Vec::new();
    let mut slowest = Duration::ZERO;
    for life in 0..kills {
        let service = Service::start(folder, address, fault);
        if life % 5 == 4 {
            // Killed while it begins.
            tokio::time::sleep(Duration::from_millis(chance.below(200))).await;
            service.kill();
            fault.strike(&mut chance);
            continue;
        }
        let began = Instant::now();
        service.ready(&client, folder).await;
        slowest = slowest.max(began.elapsed());
        let mut calling = JoinSet::new();
        for _ in 0..CALLERS {
            let share = cut_off
                .len()
                .min(cut_off.len().div_ceil(CALLERS - calling.len()));
            let resumed = cut_off.split_off(cut_off.len() - share);
            let call = call_until_nobody_answers(client.clone(), address, resumed, &NEXT);
            calling.spawn(call);
        }
        tokio::time::sleep(Duration::from_millis(30 + chance.below(900))).await;
        service.kill();
        fault.strike(&mut chance);
        let mut touched = Vec::new();
        while let Some(calls) = calling.join_next().await {
            touched.extend(calls.unwrap());
        }

        let service = Service::start(folder, address, fault);
        service.ready(&client, folder).await;
        let log = log_of(folder, &client, address);
        for call in touched {
            log.agrees_with(&call).await;
            if call.over {
                finished.push(call);
            } else {
                cut_off.push(call);
            }
        }
        if let Some(call) = cut_off.iter().find(|call| call.answers.len() == 1) {
            let (step, more) = Begun {
                answers: Vec::new(),
                ..call.clone()
            }
            .step();
            let again = call.send(&client, address, &step, more).await;
            assert_eq!(again.as_ref(), call.answers.last(), "twice is once");
        }
        service.kill();
        fault.strike(&mut chance);
    }

    let service = Service::start(folder, address, fault);
    service.ready(&client, folder).await;
    let log = log_of(folder, &client, address);
    for call in &mut cut_off {
        while !call.over {
            assert!(
                call.go_on(&client, address).await.is_continue(),
                "no answer"
            );
        }
    }
    let calls = [finished, cut_off].concat();
    for call in &calls {
        log.agrees_with(call).await;
    }
    assert_eq!(log.count().await, calls.len());
    assert!(
        calls.len() as u64 > kills,
        "{} calls are too few to tell",
        calls.len()
    );
    let answers: usize = calls.iter().map(|call| call.answers.len()).sum();
    println!(
        "{kills} kills, {} calls, {answers} answers held to; slowest start {slowest:?}",
        calls.len()
    );
    drop(service);
}

/// What happened in one life of the program, each thing with how long the log of
/// `tests/power/shim.c` was when it was known to be done.
#[derive(Default)]
pub(super) struct Life {
    /// Answers that were heard: of which call, by the provider's name for it. Of those only that are
    /// never given before their record is on disk: what rings the owner, or says nothing, may be.
    pub(super) heard: Vec<(String, usize)>,
    /// Lists that were taken over whole, one after the other, each in place of the one before.
    pub(super) imported: Vec<usize>,
    /// Calls that were erased: when that was asked for, and when it was done.
    pub(super) erased: Vec<(String, usize, Option<usize>)>,
}

/// How many numbers are on each list.
pub(super) const LISTED: usize = 1_500;

/// Lets people call for a while, and the owner take over lists and erase callers; says what they were
/// told.
pub(super) async fn live(folder: &Path, fault: &dyn Fault, time: Duration) -> Life {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (address, client) = (free_address(), client());
    let service = Service::start(folder, address, fault);
    service.ready(&client, folder).await;
    let log = folder.join("changes");
    let mut calling = JoinSet::new();
    let (over, callers) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..CALLERS {
        let (client, log, over) = (client.clone(), log.clone(), over.clone());
        calling.spawn(async move {
            let mut heard = Vec::new();
            loop {
                let mut call = Begun {
                    number: NEXT.fetch_add(1, Ordering::Relaxed),
                    ..Begun::default()
                };
                while !call.over {
                    tokio::time::sleep(PACE).await;
                    if call.go_on(&client, address).await.is_break() {
                        return heard;
                    }
                    if call
                        .answers
                        .last()
                        .is_some_and(|last| last.contains("<Gather"))
                    {
                        heard.push((call.sid(), length(&log)));
                    }
                }
                over.send(call).ok();
            }
        });
    }
    let owner = Log {
        key: log_of(folder, &client, address).key,
        client: &client,
        address,
    };
    let mut life = Life::default();
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = owner.works(&log, callers, &mut life) => panic!("nobody answers the owner"),
    }
    service.kill();
    while let Some(of_one) = calling.join_next().await {
        life.heard.extend(of_one.unwrap());
    }
    life
}

fn length(file: &Path) -> usize {
    usize::try_from(std::fs::metadata(file).unwrap().len()).unwrap()
}

impl Log<'_> {
    /// Takes over lists and erases callers, by turns, as long as somebody answers.
    async fn works(
        &self,
        log: &Path,
        mut callers: tokio::sync::mpsc::UnboundedReceiver<Begun>,
        life: &mut Life,
    ) {
        while let Some(call) = callers.recv().await {
            let round = life.imported.len() + 1;
            let rows = (0..LISTED).map(|row| format!("+45{},round {round}\n", 30_000_000 + row));
            let list = format!("number,note\n{}", rows.collect::<String>());
            let import = self
                .client
                .post(format!(
                    "http://{}/api/v1/lists/import?list=allow",
                    self.address
                ))
                .header("content-type", "text/csv")
                .body(list);
            if self.is_done(import).await.is_none() {
                return;
            }
            life.imported.push(length(log));
            life.erased.push((call.sid(), length(log), None));
            let address = format!("http://{}/api/v1/numbers/{}", self.address, call.caller());
            if self.is_done(self.client.delete(address)).await.is_none() {
                return;
            }
            life.erased.last_mut().unwrap().2 = Some(length(log));
        }
    }

    async fn is_done(&self, request: reqwest::RequestBuilder) -> Option<()> {
        let answer = request.bearer_auth(&self.key).send().await.ok()?;
        let status = answer.status();
        assert!(
            status.is_success(),
            "{status}: {}",
            answer.text().await.unwrap()
        );
        Some(())
    }
}

fn log_of<'a>(folder: &Path, client: &'a Client, address: SocketAddr) -> Log<'a> {
    let key = std::fs::read_to_string(folder.join("data").join("local-key")).unwrap();
    Log {
        client,
        address,
        key: key.trim().to_owned(),
    }
}

#[cfg(unix)]
#[tokio::test]
async fn told_to_stop_as_soon_as_it_listens_it_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let mut service = Service::start(folder.path(), free_address(), &KillOnly);
        let began = Instant::now();
        while TcpStream::connect(service.address).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "it does not listen"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let pid = service.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let ended = service.child.wait().unwrap();
        assert!(ended.success(), "{ended}");
    }
}
