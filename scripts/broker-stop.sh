#!/usr/bin/env bash
# Stops brokers that broker-start.sh of this installation started, and waits until they have stopped cleanly:
# broker-stop.sh [CONFIG]   those started with CONFIG, or all.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/env.sh"

# A clean stop flushes all logs, so it may take long; nothing is killed when the time is up.
readonly stop_limit_s=300

wanted=
if (($# > 0)); then
    [[ -f $1 ]] || die "Usage: broker-stop.sh [CONFIG]; there is no file $1"
    wanted=$(readlink -f -- "$1")
fi

# True if process $1 is a broker noted in our directory, and not one that got the number of a dead one.
is_our_broker() {
    local line
    line=$(ps -ww -o args= -p "$1" 2>/dev/null) || return 1
    [[ $line == *"-Dmillrace.run.dir=$run_dir "*"io.millrace.broker.Main"* ]]
}

pids=()
for note in "$run_dir"/broker-*; do
    [[ -f $note ]] || continue
    pid=${note##*/broker-}
    if ! is_our_broker "$pid"; then
        rm -f -- "$note"
    elif [[ -z $wanted || $wanted == "$(<"$note")" ]]; then
        pids+=("$pid")
    fi
done
if ((${#pids[@]} == 0)); then
    echo "No broker of $home is running${wanted:+ with $wanted}"
    exit 0
fi

for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
deadline=$((SECONDS + stop_limit_s))
for pid in "${pids[@]}"; do
    while is_our_broker "$pid"; do
        ((SECONDS < deadline)) || die "The broker with pid $pid has not stopped in $stop_limit_s s; it is left alone"
        sleep 0.05
    done
    rm -f -- "$run_dir/broker-$pid"
    echo "Stopped the broker with pid $pid"
done
