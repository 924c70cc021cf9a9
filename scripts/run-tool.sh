#!/usr/bin/env bash
# Runs a command-line tool: run-tool.sh TOOL [OPTION]...
# The scripts named after the tools call this; topics.sh --help and run-tool.sh topics --help show the same.
# Example:
#   run-tool.sh topics --bootstrap-server localhost:9092 --list
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    print_usage "${BASH_SOURCE[0]}"
    exit
fi
(($# > 0)) || die "Usage: run-tool.sh TOOL [OPTION]..."
build_what_is_newer >&2
find_java
find_class_path
find_tool_jvm_opts "$1"
# Only a person is told, and waits for tools; in a pipe there may be many of them at once, in places that are thrown away.
if [[ -t 2 ]]; then make_class_archives; fi
if [[ -t 1 ]]; then
    columns=${COLUMNS:-}
    [[ -n $columns ]] || columns=$(tput cols 2>/dev/null) || columns=80
    jvm_opts+=("-Dmillrace.columns=$columns")
fi
if [[ -t 0 ]]; then jvm_opts+=(-Dmillrace.prompting=true); fi
exec "$java" "${jvm_opts[@]}" -cp "$class_path" io.millrace.broker.tool.ToolsMain "$@"
