#!/usr/bin/env bash
# Shows what the broker does on real input: quickstart.sh [FILE|DIRECTORY]
# Starts a broker of its own in a directory of its own, sends every line of the text through a topic with three partitions,
# keyed by file name, reads it all back in a consumer group, checks it, prints the figures and stops the broker. Without an
# argument the text is the sources of this project.
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

readonly ready_limit_s=60
usage='Usage: quickstart.sh [FILE|DIRECTORY]'
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
(($# < 2)) || die "$usage; this takes one, and $# were given"
input=${1:-}
if [[ -z $input ]]; then
    if is_clone; then input=$home; else input=$scripts_dir; fi
fi
[[ -e $input ]] || die "There is no file or directory $input. $usage"
if [[ -f $input && ! -s $input ]]; then die "$input is empty: there is no line to send"; fi

build_what_is_newer
dir=$(mktemp -d)
broker=
clean_up() {
    if [[ -n $broker ]]; then
        kill -TERM "$broker" 2>/dev/null || true
        wait "$broker" || true
    fi
    rm -rf -- "$dir"
}
trap clean_up EXIT

printf '%s\n' "listeners=PLAINTEXT://localhost:0" "log.dirs=$dir/logs" offsets.topic.replication.factor=1 \
    group.initial.rebalance.delay.ms=0 >"$dir/broker.properties"
: >"$dir/out"
MILLRACE_RUN_DIR=$dir/run "$scripts_dir/broker-start.sh" "$dir/broker.properties" >"$dir/out" 2>&1 &
broker=$!
deadline=$((SECONDS + ready_limit_s))
until grep -q ' ready: ' "$dir/out"; do
    if ((SECONDS >= deadline)) || ! kill -0 "$broker" 2>/dev/null; then
        cat -- "$dir/out" >&2
        die "The broker did not start"
    fi
    sleep 0.05
done
grep ' ready: ' "$dir/out"
bootstrap=$(sed -n 's|.* ready: .*PLAINTEXT://\([^ ,]*\).*|\1|p' "$dir/out")
"$scripts_dir/run-class.sh" io.millrace.client.samples.Quickstart --bootstrap-server "$bootstrap" "$input"
