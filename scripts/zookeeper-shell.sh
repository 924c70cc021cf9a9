#!/usr/bin/env bash
# Looks into ZooKeeper and changes it, by ZooKeeper's own shell:
#   zookeeper-shell.sh [--json] HOST:PORT[,HOST:PORT]...[/CHROOT] [COMMAND [ARGUMENT]...]
# With a command it carries that out and ends, with status 0 if it went well; without one it reads commands from the terminal
# or whatever else its input is. With --json, ls, get and stat print one JSON document. Some commands:
#   ls [-s] [-R] PATH     children, with the node's own state, with everything below
#   get [-s] PATH         the data of a node
#   stat PATH             the state of a node
#   create [-e] [-s] PATH [DATA]     a node, ephemeral, numbered
#   set PATH DATA         other data for a node
#   delete PATH           a node; deleteall PATH also what is below
#   help                  all commands;  quit
# A ZooKeeper inside a broker answers as well: on the client port in embedded.zookeeper.servers, or on embedded.zookeeper.port.
# Examples:
#   zookeeper-shell.sh localhost:2181 ls /brokers/ids
#   zookeeper-shell.sh localhost:2181/chroot get -s /controller
#   zookeeper-shell.sh --json localhost:2181 get /brokers/ids/1
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if (($# == 0)) || [[ $1 == -h || $1 == --help ]]; then
    print_usage "${BASH_SOURCE[0]}"
    exit $(($# == 0))
fi
json=()
if [[ $1 == --json ]]; then
    json=(--json)
    shift
    (($# > 0)) || die "--json is followed by HOST:PORT and a command; zookeeper-shell.sh --help shows how"
fi
server=$1
shift

# True if somebody listens at one of the servers; ZooKeeper's shell would try for long, and say so with a stack trace.
anybody_listens() {
    local one
    local IFS=,
    for one in ${server%%/*}; do
        [[ $one == *:* && $one != *"]" ]] || one+=:2181
        local host=${one%:*}
        host=${host#[}
        host=${host%]}
        # shellcheck disable=SC2016 # the inner shell expands it
        if timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$host" "${one##*:}" 2>/dev/null; then return 0; fi
    done
    return 1
}
anybody_listens || die "Nobody listens at $server; is ZooKeeper, or a broker with one in it, running there?"
build_what_is_newer >&2
find_java
find_class_path
find_jvm_opts
if [[ -t 0 && -t 1 ]]; then jvm_opts+=(-Dmillrace.prompting=true); fi
exec "$java" "${jvm_opts[@]}" -Dlogback.configurationFile=io/millrace/broker/logback-tool.xml -cp "$class_path" \
    io.millrace.broker.tool.ZooKeeperShell ${json[@]+"${json[@]}"} "$server" "$@"
