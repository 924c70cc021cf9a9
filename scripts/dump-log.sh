#!/usr/bin/env bash
# Prints and checks the files of logs: dump-log.sh --help
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
exec "${self%/*}/run-tool.sh" dump-log "$@"
