#!/usr/bin/env bash
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
exec "${self%/*}/run-tool.sh" configs "$@"
