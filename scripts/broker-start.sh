#!/usr/bin/env bash
# Starts a broker: broker-start.sh [-daemon] CONFIG [--override KEY=VALUE]...
# In the foreground this process becomes the broker; with -daemon it waits until the broker is ready and leaves it running.
# In a clone it builds first what is newer than the last build. CONFIG may be config/broker.properties; docs/configuration.md
# has all keys.
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

# How long -daemon waits for the broker; after a crash it may have much to recover, and a broker with a ZooKeeper server of a
# cluster waits for the others (embedded.zookeeper.quorum.timeout.ms).
readonly ready_limit_s=330

daemon=false
arguments=()
for argument in "$@"; do
    if [[ $argument == -daemon ]]; then daemon=true; else arguments+=("$argument"); fi
done

# The broker's own help says more, as soon as there is something built.
if wants_help "$@" && is_clone && find_newer && [[ $newer == all ]]; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
build_what_is_newer
# The time a broker takes to start is counted from the call of this script, unless it had to build first.
((SECONDS < 2)) || MILLRACE_STARTED_US=${EPOCHREALTIME//[!0-9]/}
find_java
find_class_path
find_jvm_opts

start=("$java" "${jvm_opts[@]}" "-Dmillrace.run.dir=$run_dir")
main=(-cp "$class_path" io.millrace.broker.Main ${arguments[@]+"${arguments[@]}"})

if ! $daemon; then
    make_class_archives
    exec "${start[@]}" "${main[@]}"
fi

mkdir -p "$log_dir"
printf -v name '%s/broker-%(%Y%m%d-%H%M%S)T-%d' "$log_dir" -1 $$
logging=("-Dlogback.configurationFile=$home/config/logback-daemon.xml" "-Dmillrace.log.file=$name.log")
: >"$name.out"
setsid "${start[@]}" "${logging[@]}" "${main[@]}" </dev/null >"$name.out" 2>&1 &
pid=$!
deadline=$((SECONDS + ready_limit_s))
told=
until grep -q ' ready: ' "$name.out"; do
    if ! kill -0 "$pid" 2>/dev/null; then
        cat -- "$name.out" >&2
        exit 1
    fi
    if ((SECONDS >= deadline)); then
        die "The broker with pid $pid is still starting after $ready_limit_s s; follow $name.log"
    fi
    # What it waits for, once a line is new.
    waiting=$(sed -n 's/.*: \(Waiting for .*\)/\1/p' "$name.log" 2>/dev/null | tail -n 1) || true
    if [[ $waiting != "$told" ]]; then
        told=$waiting
        printf '%s\n' "$told"
    fi
    sleep 0.05
done
cat -- "$name.out"
echo "It runs in the background with pid $pid and logs to $name.log"
make_class_archives
