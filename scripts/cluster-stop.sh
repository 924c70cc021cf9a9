#!/usr/bin/env bash
# Stops the brokers that cluster-start.sh started, and waits until they have stopped cleanly:
#   cluster-stop.sh [--dir DIR]   those in DIR; data/cluster of the installation if absent
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if wants_help "$@"; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
dir=$home/data/cluster
if (($# > 0)); then
    [[ $1 == --dir && $# == 2 ]] || die "Usage: cluster-stop.sh [--dir DIR]"
    dir=$2
fi
[[ -d $dir ]] || die "There is no directory $dir, so no cluster was started there"
dir=$(cd -P -- "$dir" && pwd)
MILLRACE_RUN_DIR=$dir/run exec "$scripts_dir/broker-stop.sh"
