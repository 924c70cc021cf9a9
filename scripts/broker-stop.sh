#!/usr/bin/env bash
# Stops brokers that broker-start.sh of this installation started, and waits until they have stopped cleanly:
#   broker-stop.sh [CONFIG]   those started with CONFIG, or all
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

# A clean stop flushes all logs, so it may take long.
readonly stop_limit_s=300
readonly class=io.millrace.broker.Main

if wants_help "$@"; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
wanted=
if (($# > 0)); then
    [[ -f $1 ]] || die "Usage: broker-stop.sh [CONFIG]; there is no file $1"
    wanted=$(readlink -f -- "$1")
fi
find_running broker "$class" "$wanted"
if ((${#pids[@]} == 0)); then
    echo "No broker of $home is running${wanted:+ with $wanted}"
    exit 0
fi
stop_all broker "$class" "$stop_limit_s"
