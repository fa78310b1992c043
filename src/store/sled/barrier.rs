//! Makes sled wait for the disk before it builds on what it wrote.
//!
//! sled writes its file in segments and uses a segment again as soon as what was in it has been
//! written elsewhere. On Linux it believes that to be so after `sync_file_range`, which neither
//! writes a file's metadata nor empties the disk's own cache. A power cut then may keep the new
//! content of the segment and lose what was moved out of it, however long ago that was settled:
//! an fsync after the batch comes too late. Where the kernel does not have that call, sled does a
//! real fsync instead (`pagecache/iobuf.rs`, 0.34.7). So this process is denied it: a seccomp filter
//! answers it with `ENOSYS`, and lets everything else through.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Sees to it, once for the whole process, before the first database is opened. A kernel that has no
/// such filters is told of; our own fsync behind each batch is all there is then.
pub(super) fn raise() {
    static RAISED: OnceLock<()> = OnceLock::new();
    RAISED.get_or_init(|| {
        if let Err(reason) = deny() {
            tracing::warn!(
                reason,
                "sled cannot be made to wait for the disk: a power cut may cost its database"
            );
        }
    });
}

#[cfg(target_os = "linux")]
fn deny() -> Result<(), String> {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

    let architecture: TargetArch = std::env::consts::ARCH.try_into().map_err(told)?;
    let denied = BTreeMap::from([(libc::SYS_sync_file_range, Vec::new())]);
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let filter = SeccompFilter::new(denied, SeccompAction::Allow, unknown, architecture);
    let program: BpfProgram = filter.map_err(told)?.try_into().map_err(told)?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
fn told(error: seccompiler::BackendError) -> String {
    error.to_string()
}

/// Elsewhere sled does a real fsync anyway.
#[cfg(not(target_os = "linux"))]
fn deny() -> Result<(), String> {
    Ok(())
}
