#!/usr/bin/env bash
# Starts a ZooKeeper server, for clusters that do not let each broker run one of its own:
#   zookeeper-start.sh [-daemon] [CONFIG]
# CONFIG has ZooKeeper's own keys and is config/zookeeper.properties if absent; a relative path in it starts at the
# installation. In the foreground this process becomes the server; with -daemon it waits until the server answers and leaves it
# running. zookeeper-stop.sh stops it.
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

# How long -daemon waits. A server of several answers once more than half of them have found each other.
readonly ready_limit_s=120

if wants_help "$@"; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
daemon=false
config=
for argument in "$@"; do
    case $argument in
        -daemon) daemon=true ;;
        -*) die "There is no option $argument; zookeeper-start.sh --help shows those there are" ;;
        *)
            [[ -z $config ]] || die "There are two configuration files, $config and $argument"
            config=$argument
            ;;
    esac
done
config=${config:-$home/config/zookeeper.properties}
[[ -f $config ]] || die "There is no configuration file $config"
config=$(readlink -f -- "$config")

# The value of key $1 in the configuration.
configured() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$config" | tail -n 1 | tr -d '[:space:]'; }

port=$(configured clientPort)
[[ -n $port ]] || die "$config has no clientPort"
host=$(configured clientPortAddress)
[[ -n $host && $host != 0.0.0.0 ]] || host=localhost

# What the server says about itself; nothing while it does not serve. One that has not loaded its data yet may never answer.
role() {
    local line
    exec 3<>"/dev/tcp/$host/$port" || return 0
    printf srvr >&3
    while IFS= read -r -t 2 line <&3; do
        if [[ $line == 'Mode: '* ]]; then echo "${line#Mode: }"; fi
    done
}

build_what_is_newer
find_java
find_class_path
find_jvm_opts
start=("$java" "${jvm_opts[@]}" "-Dmillrace.run.dir=$run_dir" -Dzookeeper.jmx.log4j.disable=true
    -Dzookeeper.admin.enableServer=false)
main=(-cp "$class_path" org.apache.zookeeper.server.quorum.QuorumPeerMain "$config")
mkdir -p "$run_dir"
cd -- "$home"

if ! $daemon; then
    echo "$config" >"$run_dir/zookeeper-$$"
    echo "ZooKeeper starts on $host:$port with $config"
    exec "${start[@]}" -Dlogback.configurationFile=io/millrace/broker/logback.xml "${main[@]}"
fi

[[ -z $(role 2>/dev/null || true) ]] || die "A ZooKeeper server answers on $host:$port already"
mkdir -p "$log_dir"
printf -v name '%s/zookeeper-%(%Y%m%d-%H%M%S)T-%d' "$log_dir" -1 $$
setsid "${start[@]}" "-Dlogback.configurationFile=$home/config/logback-daemon.xml" "-Dmillrace.log.file=$name.log" \
    "${main[@]}" </dev/null >"$name.out" 2>&1 &
pid=$!
echo "$config" >"$run_dir/zookeeper-$pid"
deadline=$((SECONDS + ready_limit_s))
role=
until [[ -n $role ]]; do
    if ! kill -0 "$pid" 2>/dev/null; then
        cat -- "$name.out" "$name.log" >&2 || true
        die "ZooKeeper did not start"
    fi
    ((SECONDS < deadline)) ||
        die "ZooKeeper with pid $pid does not serve after $ready_limit_s s; if it is one of several, start the others"
    sleep 0.1
    role=$(role 2>/dev/null) || true
done
echo "ZooKeeper ready: $host:$port, $role; it runs in the background with pid $pid and logs to $name.log"
