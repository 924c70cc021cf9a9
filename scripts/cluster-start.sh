#!/usr/bin/env bash
# Starts three brokers on this machine, which make up one cluster, each with a ZooKeeper server of the cluster in its process:
#   cluster-start.sh [--dir DIR] [--port PORT] [--zookeeper-port PORT] [--only N] [--override KEY=VALUE]...
#
#   --dir DIR              where everything is kept: data, logs, notes; data/cluster of the installation if absent
#   --port PORT            the first broker listens here, the others on the next two ports; 9092 if absent
#   --zookeeper-port PORT  the first of nine ports for ZooKeeper, of which the first three are for clients; 2181 if absent
#   --only N               broker N alone, after it has been stopped or killed; the ports are as when all were started
#   --override KEY=VALUE   a setting for all three that goes before config/broker-N.properties; may be given often
#
# It waits until all are ready and leaves them running. cluster-stop.sh stops them; started again with the same DIR they go on
# with what they had.
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
port=9092
zookeeper_port=2181
ids=(1 2 3)
overrides=()
while (($# > 0)); do
    (($# > 1)) || die "$1 must be followed by a value; cluster-start.sh --help shows the options"
    case $1 in
        --dir) dir=$2 ;;
        --port) port=$2 ;;
        --zookeeper-port) zookeeper_port=$2 ;;
        --only)
            [[ $2 == [123] ]] || die "$2 is none of the brokers 1, 2 and 3"
            ids=("$2")
            ;;
        --override) overrides+=(--override "$2") ;;
        *) die "There is no option $1; cluster-start.sh --help shows those there are" ;;
    esac
    shift 2
done
for number in "$port" "$zookeeper_port"; do
    if ! [[ $number =~ ^[0-9]{1,5}$ ]] || ((number < 1 || number > 65526)); then die "$number is no port below 65527"; fi
done

build_what_is_newer
mkdir -p -- "$dir"
dir=$(cd -P -- "$dir" && pwd)
export MILLRACE_RUN_DIR=$dir/run MILLRACE_LOG_DIR=$dir/server-logs
run_dir=$MILLRACE_RUN_DIR
for id in "${ids[@]}"; do
    find_running broker io.millrace.broker.Main "$(readlink -f -- "$home/config/broker-$id.properties")"
    ((${#pids[@]} == 0)) ||
        die "Broker $id runs in $dir already, with pid ${pids[*]}; cluster-stop.sh --dir '$dir' stops all"
done

servers=
for id in 1 2 3; do
    servers+=${servers:+,}$id@localhost:$((zookeeper_port + 2 + id)):$((zookeeper_port + 5 + id))
    servers+=";$((zookeeper_port - 1 + id))"
done

echo "Starting in $dir: broker ${ids[*]}"
starts=()
for id in "${ids[@]}"; do
    "$scripts_dir/broker-start.sh" -daemon "$home/config/broker-$id.properties" \
        --override "listeners=PLAINTEXT://localhost:$((port - 1 + id))" --override "log.dirs=$dir/broker-$id/logs" \
        --override "embedded.zookeeper.servers=$servers" ${overrides[@]+"${overrides[@]}"} &
    starts+=($!)
done
failed=
for i in "${!ids[@]}"; do wait "${starts[i]}" || failed+=" ${ids[i]}"; done
if [[ -n $failed ]]; then
    die "Not ready:$failed. What runs is left running; cluster-stop.sh --dir '$dir' stops it"
fi
echo "Cluster ready: bootstrap.servers=localhost:$port,localhost:$((port + 1)),localhost:$((port + 2))"
if [[ $dir == "$(readlink -f -- "$home/data/cluster")" ]]; then stop=cluster-stop.sh; else printf -v stop 'cluster-stop.sh --dir %q' "$dir"; fi
echo "$stop stops it"
