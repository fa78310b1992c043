#!/usr/bin/env bash
# Throws hostile bytes at what reads bytes from outside, so many seconds at each target:
#
#     tests/fuzz.sh 300                  every target
#     tests/fuzz.sh 300 phrase matcher   these
#
# What was found to be new is kept in target/fuzz and used again; a crash lands in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?"usage: tests/fuzz.sh SECONDS [TARGET...]"}
shift
command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
# libFuzzer needs flags that stable rustc only takes when told so.
export RUSTC_BOOTSTRAP=1
[ $# -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
[ $# -eq 0 ] || targets=("$@")
for target in "${targets[@]}"; do
    printf '\n== %s, %s s\n' "$target" "$seconds"
    mkdir -p "target/fuzz/$target"
    cargo fuzz run --sanitizer "${SANITIZER:-address}" "$target" "target/fuzz/$target" \
        "fuzz/corpus/$target" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=4096
done
