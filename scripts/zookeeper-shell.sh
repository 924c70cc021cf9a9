#!/usr/bin/env bash
# Looks into ZooKeeper and changes it, by ZooKeeper's own shell:
#   zookeeper-shell.sh HOST:PORT[,HOST:PORT]...[/CHROOT] [COMMAND [ARGUMENT]...]
# With a command it carries that out and ends, with status 0 if it went well; without one it reads commands from the terminal
# or whatever else its input is. Some commands:
#   ls [-s] [-R] PATH     children, with the node's own state, with everything below
#   get [-s] PATH         the data of a node
#   stat PATH             the state of a node
#   create [-e] [-s] PATH [DATA]     a node, ephemeral, numbered
#   set PATH DATA         other data for a node
#   delete PATH           a node; deleteall PATH also what is below
#   help                  all commands;  quit
# A ZooKeeper inside a broker answers as well: on the client port in embedded.zookeeper.servers, or on embedded.zookeeper.port.
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if (($# == 0)) || [[ $1 == -h || $1 == --help ]]; then
    print_usage "${BASH_SOURCE[0]}"
    exit $(($# == 0))
fi
server=$1
shift

# True if somebody listens at one of the servers; ZooKeeper's shell would try for long, and say so with a stack trace.
anybody_listens() {
    local one
    local IFS=,
    for one in ${server%%/*}; do
        [[ $one == *:* ]] || one+=:2181
        # shellcheck disable=SC2016 # the inner shell expands it
        if timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "${one%:*}" "${one##*:}" 2>/dev/null; then return 0; fi
    done
    return 1
}
anybody_listens || die "Nobody listens at $server; is ZooKeeper, or a broker with one in it, running there?"
build_what_is_newer
find_java
find_class_path
find_jvm_opts
# Without a command it connects while it asks for the first one.
wait=()
if (($# > 0)); then wait=(-timeout 15000 -waitforconnection); fi
exec "$java" "${jvm_opts[@]}" -Dlogback.configurationFile=io/millrace/broker/logback-tool.xml -cp "$class_path" \
    org.apache.zookeeper.ZooKeeperMain -server "$server" ${wait[@]+"${wait[@]}"} "$@"
