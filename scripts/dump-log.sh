#!/usr/bin/env bash
# Prints and checks the files of logs: dump-log.sh --help
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/run-class.sh" io.millrace.storage.tool.DumpLog "$@"
