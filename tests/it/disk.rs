//! The disk under the real program fills up, may only be read, loses its folder, holds garbage:
//! verified calls are answered within two seconds, the trouble is told everywhere, and it is over by
//! itself when the disk is well again.
//!
//! Small and read-only disks need root, to mount them; without it those tests say so and pass.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portner::providers::twilio::sign;
use reqwest::Client;

use super::kill::{
    ACCOUNT, AUTH_TOKEN, Chance, Fault, KillOnly, PUBLIC_URL, Service, client, free_address,
    program, seed,
};
use crate::support::skip;

/// No call waits longer for its answer: two seconds are promised for 999 of 1,000, this for all.
const PROMISED: Duration = Duration::from_secs(5);
/// How long it may take until all is well again. Ten seconds are promised; tests share machines.
const HEALED: Duration = Duration::from_secs(20);

/// A file system in memory, unmounted when it is let go of.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let options = format!("size={size}");
        let done = run(
            "mount",
            &["-t", "tmpfs", "-o", &options, "portner-test"],
            at,
        );
        if !done {
            skip("a small disk needs root, to be mounted");
        }
        done.then(|| Self(at.to_owned()))
    }

    fn remount(&self, how: &str) {
        assert!(run("mount", &["-o", &format!("remount,{how}")], &self.0));
    }

    /// Writes until there is no room for another block.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        while file.write_all(&[0; 4_096]).is_ok() {}
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &self.0);
    }
}

fn run(program: &str, arguments: &[&str], at: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).arg(at);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A file system in a file, as on a disk that begins to fail: the kernel lets nobody write to it any
/// more. Mended, it is another disk with what the first one had.
struct FailingDisk {
    at: PathBuf,
    image: PathBuf,
    device: PathBuf,
}

impl FailingDisk {
    fn mount(at: &Path, image: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        std::fs::File::create(&image)
            .and_then(|file| file.set_len(64 << 20))
            .unwrap();
        let made = run("mkfs.ext4", &["-q", "-F"], &image) && Self::mount_image(&image, at);
        if !made {
            skip("a failing disk needs root, mkfs.ext4 and a loop device");
            return None;
        }
        let mounted = std::fs::read_to_string("/proc/mounts").unwrap();
        let line = mounted.lines().find_map(|line| {
            let (device, rest) = line.split_once(' ')?;
            rest.starts_with(at.to_str()?).then_some(device)
        });
        let name = Path::new(line.unwrap()).file_name().unwrap();
        let device = Path::new("/sys/fs/ext4").join(name);
        Some(Self {
            at: at.to_owned(),
            image,
            device,
        })
    }

    fn mount_image(image: &Path, at: &Path) -> bool {
        let image = image.to_str().unwrap();
        run("mount", &["-o", "loop,errors=remount-ro", image], at)
    }

    /// What the kernel does when it finds the file system broken.
    fn turns_read_only(&self) {
        std::fs::write(self.device.join("trigger_fs_error"), "1").unwrap();
        let tried = std::fs::write(self.at.join("tried"), "");
        assert_eq!(
            tried.unwrap_err().kind(),
            std::io::ErrorKind::ReadOnlyFilesystem
        );
    }

    fn is_mended(&self) {
        let mended = self.image.with_extension("mended");
        std::fs::copy(&self.image, &mended).unwrap();
        // It says by its status that it had something to mend.
        run("fsck.ext4", &["-f", "-y"], &mended);
        assert!(Self::mount_image(&mended, &self.at));
    }
}

impl Drop for FailingDisk {
    fn drop(&mut self) {
        while run("umount", &["--lazy"], &self.at) {}
    }
}

/// The program in a folder, and what is asked of it.
pub(super) struct House {
    folder: tempfile::TempDir,
    client: Client,
    address: SocketAddr,
    calls: std::cell::Cell<u32>,
    key: std::cell::RefCell<String>,
}

impl House {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            client: client(),
            address: free_address(),
            calls: std::cell::Cell::new(0),
            key: std::cell::RefCell::default(),
        }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn start(&self) -> Service {
        self.start_on(&KillOnly)
    }

    pub(super) fn start_on(&self, fault: &dyn Fault) -> Service {
        Service::start(self.folder.path(), self.address, fault)
    }

    /// Starts it on a disk that is well, lets somebody call, and keeps the key of the machine.
    pub(super) async fn start_well(&self) -> Service {
        self.start_well_on(&KillOnly).await
    }

    pub(super) async fn start_well_on(&self, fault: &dyn Fault) -> Service {
        let service = self.start_on(fault);
        self.is_ready(&service).await;
        let key = std::fs::read_to_string(self.data().join("local-key")).unwrap();
        self.key.replace(key.trim().to_owned());
        assert!(is_asked(&self.call().await));
        service
    }

    pub(super) async fn is_ready(&self, service: &Service) {
        service.ready(&self.client, self.folder.path()).await;
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it answers at all, be it well or not.
    pub(super) async fn is_up(&self) {
        let began = Instant::now();
        let url = self.url() + "/health/live";
        while self.client.get(&url).send().await.is_err() {
            assert!(began.elapsed() < HEALED, "it does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new call: what its caller gets, which must be in time.
    pub(super) async fn call(&self) -> String {
        self.calls.set(self.calls.get() + 1);
        self.tell(self.calls.get(), "voice", &[]).await
    }

    /// What the caller of this number gets when the provider tells of a step, which must be in time.
    pub(super) async fn tell(&self, call: u32, step: &str, more: &[(&str, &str)]) -> String {
        let sid = format!("CA{call:032x}");
        let mut fields = vec![
            ("AccountSid", ACCOUNT),
            ("CallSid", sid.as_str()),
            ("From", "anonymous"),
            ("To", "+4570101010"),
        ];
        fields.extend_from_slice(more);
        let path = format!("/webhooks/twilio/{step}");
        let signature = sign(&format!("{PUBLIC_URL}{path}"), &fields, AUTH_TOKEN);
        let url = format!("http://{}{path}", self.address);
        let started = Instant::now();
        loop {
            let began = Instant::now();
            let request = self
                .client
                .post(&url)
                .header("x-twilio-signature", &signature);
            match request.form(&fields).send().await {
                Ok(answer) => {
                    assert_eq!(answer.status(), 200);
                    let document = answer.text().await.unwrap();
                    assert!(began.elapsed() < PROMISED, "{:?}", began.elapsed());
                    return document;
                }
                // It has only just been started.
                Err(error) if error.is_connect() => {
                    assert!(
                        started.elapsed() < Duration::from_secs(10),
                        "it does not listen"
                    );
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Lets people call until one is put through unasked.
    pub(super) async fn until_it_rings(&self) {
        for _ in 0..400 {
            let answer = self.call().await;
            if !is_asked(&answer) {
                assert!(answer.contains("<Dial"), "{answer}");
                return;
            }
        }
        panic!("the trouble is none");
    }

    /// The trouble stands in the health, the figures, on the desk and with the doctor, and in the log.
    async fn is_told(&self) {
        let began = Instant::now();
        loop {
            if self.store_alarm().await {
                break;
            }
            assert!(began.elapsed() < HEALED, "no alarm");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let figures = self.read("/metrics").await;
        assert!(
            figures.contains("portner_alarm{kind=\"store\"} 1"),
            "{figures}"
        );
        let desk = self.read("/").await;
        assert!(desk.contains("The store is away"), "{desk}");
        let doctor = Command::new(program())
            .args(["doctor", "--json", "--server"])
            .arg(format!("http://{}", self.address))
            .current_dir(self.folder.path())
            .env("PORTNER_STORE", format!("sled:{}", self.data().display()))
            .env("PORTNER_PUBLIC_URL", PUBLIC_URL)
            .output()
            .unwrap();
        assert_eq!(doctor.status.code(), Some(1));
        let said: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let checks = said["checks"].as_array().unwrap();
        let broken =
            |check: &&serde_json::Value| check["name"] == "store" && check["state"] == "bad";
        assert!(checks.iter().any(|check| broken(&check)), "{said}");
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        assert!(log.contains("store"), "{log}");
    }

    /// It is over by itself: callers are asked again, and every call is in the log.
    pub(super) async fn heals(&self) {
        let began = Instant::now();
        loop {
            let answer = self.call().await;
            if is_asked(&answer) && !self.store_alarm().await {
                return;
            }
            assert!(began.elapsed() < HEALED, "it does not heal: {answer}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Whether the health says that the store is in trouble.
    async fn store_alarm(&self) -> bool {
        self.alarm("store").await
    }

    pub(super) async fn alarm(&self, kind: &str) -> bool {
        let ready = self.read("/health/ready").await;
        let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
        let alarms = ready["alarms"].as_array().unwrap();
        alarms.iter().any(|alarm| alarm == kind)
    }

    /// So many calls are in the log, or are as soon as those that waited are written.
    pub(super) async fn keeps(&self, calls: usize) {
        let began = Instant::now();
        loop {
            let kept = self.kept().await;
            if kept == calls {
                return;
            }
            assert!(began.elapsed() < HEALED, "{kept} of {calls} calls are kept");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    pub(super) async fn kept(&self) -> usize {
        let page = self.read("/api/v1/calls?limit=500").await;
        let page: serde_json::Value = serde_json::from_str(&page).unwrap();
        page["calls"].as_array().unwrap().len()
    }

    pub(super) async fn read(&self, path: &str) -> String {
        let request = self.client.get(format!("http://{}{path}", self.address));
        let request = request.bearer_auth(self.key.borrow().as_str());
        request.send().await.unwrap().text().await.unwrap()
    }

    pub(super) fn all(&self) -> usize {
        usize::try_from(self.calls.get()).unwrap()
    }
}

/// Whether a store in this folder was taken for damaged.
pub(super) fn is_set_aside(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).unwrap();
    entries.any(|entry| {
        let name = entry.unwrap().file_name();
        name.to_str().unwrap().starts_with("damaged-")
    })
}

pub(super) fn is_asked(document: &str) -> bool {
    document.contains("<Gather")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_rings_the_owner_and_loses_no_call() {
    let house = House::new();
    let Some(disk) = Disk::mount(&house.data(), "12m") else {
        return;
    };
    let service = house.start_well().await;
    disk.fill();
    house.until_it_rings().await;
    house.is_told().await;
    std::fs::remove_file(house.data().join("filler")).unwrap();
    house.heals().await;
    house.keeps(house.all()).await;

    // Full from the start: it answers before it could open anything.
    drop(service);
    disk.fill();
    let service = house.start();
    house.until_it_rings().await;
    std::fs::remove_file(house.data().join("filler")).unwrap();
    house.heals().await;
    house.keeps(house.all()).await;
    assert!(!is_set_aside(&house.data()), "a full disk is no damage");
    drop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_may_only_be_read_rings_the_owner() {
    let house = House::new();
    let Some(disk) = Disk::mount(&house.data(), "64m") else {
        return;
    };
    drop(house.start_well().await);
    disk.remount("ro");
    let _service = house.start();
    house.until_it_rings().await;
    house.is_told().await;
    disk.remount("rw");
    house.heals().await;
    house.keeps(house.all()).await;
    assert!(!is_set_aside(&house.data()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_turns_read_only_while_calls_come_in_rings_the_owner() {
    let house = House::new();
    let image = house.folder.path().join("disk");
    let Some(disk) = FailingDisk::mount(&house.data(), image) else {
        return;
    };
    let service = house.start_well().await;
    let turns = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        tokio::task::block_in_place(|| disk.turns_read_only());
    };
    tokio::join!(house.until_it_rings(), turns);
    house.is_told().await;
    disk.is_mended();
    house.heals().await;
    house.keeps(house.all()).await;
    drop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_deleted_is_noticed_with_the_next_call() {
    let house = House::new();
    let _service = house.start_well().await;
    std::fs::remove_dir_all(house.data()).unwrap();
    // Writes into deleted files succeed and are lost: no caller is asked on the strength of one.
    let answer = house.call().await;
    assert!(!is_asked(&answer) && answer.contains("<Dial"), "{answer}");
    let log = std::fs::read_to_string(house.folder.path().join("log")).unwrap();
    assert!(log.contains("deleted while it was open"), "{log}");
    house.heals().await;
    // The first call went with the folder; what came after it is kept.
    house.keeps(house.all() - 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_set_aside_and_callers_are_asked_again() {
    let house = House::new();
    let service = house.start_well().await;
    for _ in 0..30 {
        assert!(is_asked(&house.call().await));
    }
    // Some of it is in the database by now, and the spare copy beside it.
    house.keeps(house.all()).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    drop(service);
    let path = house.data().join("sled/db");
    let bytes = vec![0xa5; std::fs::read(&path).unwrap().len()];
    std::fs::write(&path, bytes).unwrap();
    let service = house.start();
    house.heals().await;
    house.keeps(house.all()).await;
    assert!(is_set_aside(&house.data()));
    let began = Instant::now();
    while !house.alarm("damage").await {
        assert!(began.elapsed() < HEALED, "no alarm");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let figures = house.read("/metrics").await;
    assert!(
        figures.contains("portner_alarm{kind=\"damage\"} 1"),
        "{figures}"
    );
    let desk = house.read("/").await;
    assert!(desk.contains("The store was damaged"), "{desk}");
    let log = std::fs::read_to_string(house.folder.path().join("log")).unwrap();
    assert!(log.contains("it is set aside"), "{log}");

    // It stands until the owner has put the folder elsewhere.
    let aside = house.data().join("damaged-1");
    std::fs::rename(aside, house.folder.path().join("kept")).unwrap();
    let began = Instant::now();
    while house.alarm("damage").await {
        assert!(began.elapsed() < HEALED, "the alarm stays");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_stands_in_the_files_calls_are_answered() {
    let house = House::new();
    drop(house.start_well().await);
    let files = |folder: &Path| -> Vec<PathBuf> {
        let mut found = vec![folder.to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = found.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    found.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    };
    let good: Vec<(PathBuf, Vec<u8>)> = files(&house.data())
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    let seed = seed();
    println!("PORTNER_SEED={seed}");
    let mut chance = Chance(seed);
    for _ in 0..6 {
        let drawn = usize::try_from(chance.below(good.len() as u64)).unwrap();
        let (path, bytes) = &good[drawn];
        let mut bytes = bytes.clone();
        let at = usize::try_from(chance.below(bytes.len().max(1) as u64)).unwrap();
        if chance.below(2) == 0 {
            bytes.truncate(at);
        } else {
            let end = bytes.len().min(at + 512);
            bytes[at..end].fill(0xa5);
        }
        std::fs::write(path, bytes).unwrap();
        let service = house.start();
        for _ in 0..3 {
            let answer = house.call().await;
            assert!(is_asked(&answer) || answer.contains("<Dial"), "{answer}");
        }
        drop(service);
        std::fs::remove_dir_all(house.data()).unwrap();
        for (path, bytes) in &good {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_is_met_while_calls_come_in_rings_the_owner_and_heals() {
    let house = House::new();
    let service = house.start_well().await;
    for _ in 0..400 {
        house.call().await;
    }
    drop(service);
    let service = house.start();
    service.ready(&house.client, house.folder.path()).await;
    let path = house.data().join("sled/db");
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    let damage = vec![0x5a; usize::try_from(length / 2).unwrap()];
    std::os::unix::fs::FileExt::write_all_at(&file, &damage, length / 4).unwrap();
    // Somebody looks at the log, and finds it.
    let page = house.read("/api/v1/calls?limit=500").await;
    assert!(!page.contains("started_at"), "the damage was not met");
    house.until_it_rings().await;
    house.heals().await;
    let began = Instant::now();
    while !house.alarm("damage").await {
        assert!(began.elapsed() < HEALED, "no alarm");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_set_aside(&house.data()));
    // Half of the database is gone; the journal alone has more than two hundred steps, a call each.
    let kept = house.kept().await;
    assert!(kept > 200, "{kept}");
    drop(service);
}

/// The system's table of file systems has a volume for the folder of the store: the program sees that,
/// and mounts of its own.
struct Table(PathBuf);

impl Fault for Table {
    fn arm(&self, command: &mut Command) {
        let program = command.get_program().to_owned();
        *command = Command::new("unshare");
        let shown = "mount --bind \"$0\" /etc/fstab && exec \"$@\"";
        command.args(["--mount", "sh", "-c", shown]);
        command.arg(&self.0).arg(program);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_is_not_mounted_gets_no_new_store() {
    let house = House::new();
    if !run("unshare", &["--mount", "true"], Path::new("")) || !Path::new("/etc/fstab").exists() {
        skip("mounts of a program's own need root, and a table of file systems");
        return;
    }
    let table = Table(house.folder.path().join("table"));
    let place = house.data();
    let line = format!("/dev/none {} ext4 defaults,nofail 0 2\n", place.display());
    std::fs::write(&table.0, line).unwrap();
    let service = Service::start(house.folder.path(), house.address, &table);
    let answer = house.call().await;
    assert!(!is_asked(&answer) && answer.contains("<Dial"), "{answer}");
    let key = std::fs::read_to_string(place.join("local-key")).unwrap();
    house.key.replace(key.trim().to_owned());
    house.is_told().await;
    let status = house.read("/api/v1/status").await;
    assert!(status.contains("nothing is mounted at"), "{status}");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!place.join("sled").exists());
    let log = std::fs::read_to_string(house.folder.path().join("log")).unwrap();
    let lines = log
        .lines()
        .filter(|line| line.contains("nothing is mounted"));
    assert!(lines.count() <= 4, "it is logged again and again: {log}");

    let pid = service.pid().to_string();
    let mounted = ["-t", &pid, "-m", "mount", "-t", "tmpfs", "portner-test"];
    assert!(run("nsenter", &mounted, &place));
    house.heals().await;
    house.keeps(house.all()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_another_program_has_is_told_of_and_not_in_every_try() {
    let house = House::new();
    let first = house.start_well().await;
    let second = House {
        address: free_address(),
        ..House::new()
    };
    // The same store, and a log of its own.
    std::os::unix::fs::symlink(house.data(), second.data()).unwrap();
    let _second = second.start();
    second.key.replace(house.key.borrow().clone());
    let answer = second.call().await;
    assert!(answer.contains("<Dial"), "{answer}");
    second.is_told().await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    let log = std::fs::read_to_string(second.folder.path().join("log")).unwrap();
    let lines = log
        .lines()
        .filter(|line| line.contains("another process has it open"));
    let count = lines.count();
    assert!((1..=3).contains(&count), "{count} lines: {log}");
    drop(first);
    second.heals().await;
}
