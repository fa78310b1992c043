//! The command `portner`: everything it does is in the library's `cli`.

/// Fewer instructions for each piece of memory than the system's allocator takes, and what is no longer
/// used goes back to the system.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    portner::cli::main()
}
