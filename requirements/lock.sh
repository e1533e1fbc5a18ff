#!/bin/sh
# Resolves the lock files: dev.lock first, the others with its versions. Arguments go to uv.
set -eu
cd "$(dirname "$0")/.."

resolve() { # OUTPUT ARGUMENT…
  output=$1
  shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --no-emit-index-url --custom-compile-command "make lock" --output-file "$output" "$@"
  echo "$output: $(grep -c == "$output") packages"
}

resolve requirements/dev.lock pyproject.toml --group build --group examples --group dev "$@"
for lock in run image; do
  [ $lock = run ] && examples="--group examples" || examples=""
  # shellcheck disable=SC2086  # two words or none
  resolve requirements/$lock.lock pyproject.toml --group build $examples -c requirements/dev.lock
done
resolve pipelines/digits/requirements.txt --group pyproject.toml:examples -c requirements/dev.lock
resolve requirements/bench.lock requirements/bench.in
