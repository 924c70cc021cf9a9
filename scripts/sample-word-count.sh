#!/usr/bin/env bash
# Counts the words of one topic and writes the counts to another: sample-word-count.sh --help
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/run-class.sh" io.millrace.client.samples.WordCount "$@"
