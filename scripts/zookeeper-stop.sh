#!/usr/bin/env bash
# Stops ZooKeeper servers that zookeeper-start.sh of this installation started, and waits until they have stopped. Stop the
# brokers first; they cannot leave the cluster in order without it.
#   zookeeper-stop.sh [CONFIG]   those started with CONFIG, or all
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

readonly stop_limit_s=30
readonly class=org.apache.zookeeper.server.quorum.QuorumPeerMain

if wants_help "$@"; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
wanted=
if (($# > 0)); then
    [[ -f $1 ]] || die "Usage: zookeeper-stop.sh [CONFIG]; there is no file $1"
    wanted=$(readlink -f -- "$1")
fi
find_running zookeeper "$class" "$wanted"
if ((${#pids[@]} == 0)); then
    echo "No ZooKeeper server of $home is running${wanted:+ with $wanted}"
    exit 0
fi
stop_all zookeeper "$class" "$stop_limit_s"
