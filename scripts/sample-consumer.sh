#!/usr/bin/env bash
# Reads a topic as a member of a group: sample-consumer.sh --help
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/run-class.sh" io.millrace.client.samples.GroupConsumer "$@"
