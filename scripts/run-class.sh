#!/usr/bin/env bash
# Runs a class of Millrace: run-class.sh CLASS [ARGUMENT]...
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
(($# > 0)) || die "Usage: run-class.sh CLASS [ARGUMENT]..."
build_what_is_newer
find_java
find_class_path
find_jvm_opts
exec "$java" "${jvm_opts[@]}" -cp "$class_path" "$@"
