#!/usr/bin/env bash
# Sends the lines of files, or made-up ones, to a topic: sample-producer.sh --help
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/run-class.sh" io.millrace.client.samples.FileProducer "$@"
