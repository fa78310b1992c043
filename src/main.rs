//! The command `portner`: everything it does is in the library's `cli`.

fn main() -> std::process::ExitCode {
    portner::cli::main()
}
