//! A disk that is full, and one that may only be read. Needs root to mount a small one; says so
//! and passes where it cannot.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{keep, open, refusal};
use crate::store::sample;
use crate::store::{Store, StoreError};

/// A small file system in memory, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = mount(
            &["-t", "tmpfs", "-o", &format!("size={size}"), "portner-test"],
            folder.path(),
        );
        if !mounted {
            // Past the harness, which keeps what tests print to itself.
            let told = b"skipped: mounting a small disk needs root\n";
            std::io::stderr().write_all(told).unwrap();
        }
        mounted.then(|| Self(folder))
    }

    /// Mounts it with other options, as soon as the threads of a closed store let go of it.
    async fn remount(&self, options: &str) {
        for _ in 0..200 {
            if mount(&["-o", &format!("remount,{options}")], self.0.path()) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the disk cannot be remounted with {options}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status()
            .ok();
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(arguments).arg(folder).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_and_a_read_only_one_are_errors_and_nothing_is_lost() {
    let Some(disk) = SmallDisk::mount("12m") else {
        return;
    };
    let folder = disk.0.path().join("store");
    let store = open(&folder).await.unwrap();
    let mut kept = 0;
    let failure = loop {
        let call = sample::heard(sample::call(kept), &"goddag ".repeat(280));
        match keep(&store, call).await {
            Ok(()) => kept += 1,
            Err(failure) => break failure,
        }
        assert!(kept < 100_000, "the disk is not small");
    };
    assert!(matches!(failure, StoreError::Io(_)), "{failure}");
    assert!(kept > 100);
    // Nothing is written any more, and the lists go on.
    assert!(store.check().await.is_err());
    let number = "+4520304050".parse().unwrap();
    assert!(store.entries_matching(number).await.is_ok());
    // Where it was sled itself that could not write, it reads no more either, and says so.
    match store.call(sample::call(0).id).await {
        Ok(call) => assert!(call.is_some()),
        Err(error) => assert!(error.to_string().contains("No space left"), "{error}"),
    }
    store.close().await;
    drop(store);

    disk.remount("size=64m").await;
    let store = open(&folder).await.unwrap();
    for number in 0..kept {
        let call = store.call(sample::call(number).id).await.unwrap();
        assert!(call.is_some(), "call {number} of {kept} is lost");
    }
    keep(&store, sample::call(kept + 1)).await.unwrap();
    store.close().await;
    drop(store);

    disk.remount("ro").await;
    let reason = refusal(&folder).await;
    assert!(reason.to_lowercase().contains("read-only"), "{reason}");
    disk.remount("rw").await;
    open(&folder).await.unwrap().close().await;
}
