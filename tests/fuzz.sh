#!/usr/bin/env bash
# Throws hostile bytes at what reads bytes from outside, so many seconds at each target:
#
#     tests/fuzz.sh 300                  every target
#     tests/fuzz.sh 300 phrase matcher   these
#
# What was found to be new is kept in target/fuzz and used again; a crash lands in fuzz/artifacts.
# KEEP=1 also adds to fuzz/corpus, which lies in the repository, the sixteen that reach most.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?"usage: tests/fuzz.sh SECONDS [TARGET...]"}
shift
command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
# libFuzzer needs flags that stable rustc only takes when told so. Portner has no unsafe code for a
# sanitizer to look into; overflows and assertions are what can be found.
export RUSTC_BOOTSTRAP=1
flags=(--sanitizer "${SANITIZER:-none}" --debug-assertions)
# In one unit the code runs faster, in many it is built faster: what counts for some seconds.
[ "$seconds" -ge 60 ] || flags+=(--codegen-units 16)
bounds=(-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=64 -max_len=4096 -print_final_stats=1)
[ $# -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
[ $# -eq 0 ] || targets=("$@")
cargo fuzz build "${flags[@]}"
for target in "${targets[@]}"; do
    printf '\n== %s, %s s\n' "$target" "$seconds"
    found="target/fuzz/$target" kept="fuzz/corpus/$target"
    mkdir -p "$found"
    cargo fuzz run "${flags[@]}" "$target" "$found" "$kept" -- \
        -max_total_time="$seconds" "${bounds[@]}"
    if [ -n "${KEEP:-}" ]; then
        best="$(mktemp -d)"
        cargo fuzz run "${flags[@]}" "$target" "$best" "$found" "$kept" -- \
            -set_cover_merge=1 -max_len=400 -timeout=10
        find "$best" -type f -printf '%s %p\n' | sort -rn | head -16 | while read -r _ file; do
            name="$(basename "$file")"
            cp "$file" "$kept/${name:0:12}"
        done
        rm -r "$best"
    fi
done
