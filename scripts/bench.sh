#!/usr/bin/env bash
# Measures a clone. A quiet machine is what the figures need most.
#   bench.sh [REGEXP] [JMH OPTION]...   the micro-benchmarks, with the garbage of each operation; -h shows the options of JMH,
#                                       --flames draws flame graphs of them. Results and a table are kept in bench/results
#   bench.sh rig --short                Millrace and Apache Kafka side by side, in about ten minutes
#   bench.sh rig                        everything, in three chapters and some four hours; --help shows how to run one of them
#   bench.sh rig --others [--short]     both beside other brokers, those of NATS and RabbitMQ that are installed
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if [[ ${1:-} == --help ]] || { wants_help "$@" && ! is_clone; }; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
is_clone || die "The benchmarks are in the sources of Millrace only; clone those"
find_java
class_path_file=$home/bench/target/classpath
newer=all
if [[ -f $class_path_file ]]; then
    # The scripts too: they are copied into what is measured, and have the options of the JVM.
    newer=$(find "$home/pom.xml" "$home"/{protocol,storage,client,broker,bench}/{pom.xml,src/main} "$home/scripts" \
        -newer "$class_path_file" -type f -print -quit)
fi
if [[ -n $newer ]]; then
    echo "Building Millrace and its benchmarks"
    (cd "$home" && mvn -B -ntp -q -DskipTests -Dspotless.apply.skip=true -Dspotless.check.skip=true package) ||
        die "The build failed"
    touch "$class_path_file" # which is not written again if it says the same
fi
run=("$java" -cp "$home/bench/target/classes:$(<"$class_path_file")")

if [[ ${1:-} == rig ]]; then
    shift
    kafka=$home/bench/target/kafka
    asks=
    if wants_help "$@" || [[ " $* " == *" --list "* ]]; then asks=1; fi
    if [[ ! -d $kafka && -z $asks ]]; then
        echo "Fetching Apache Kafka"
        (cd "$home" && mvn -B -ntp -q -f bench/kafka/pom.xml dependency:copy-dependencies -DoutputDirectory="$kafka.new") ||
            die "Apache Kafka could not be fetched"
        mv -- "$kafka.new" "$kafka"
    fi
    find_class_path
    find_class_archive ""
    # Without one the first broker would have it made in the background, while it is measured.
    [[ -n $asks ]] || class_archive_holds ||
        die "There is no archive of classes for $java in ${lib#"$home/"}, without which a broker starts slower than it does when it is" \
            "installed; run scripts/class-archive.sh, which says why there is none"
    cd "$home"
    exec "${run[@]}" io.millrace.bench.rig.Rig --millrace "${lib%/lib}" --kafka-libs "$kafka" "$@"
fi

options=()
arguments=()
for argument in "$@"; do
    if [[ $argument == --flames ]]; then
        mkdir -p "$home/bench/results"
        options+=(-prof "async:libPath=$(cd "$home/bench/target" && "${run[@]}" io.millrace.bench.AsyncProfiler);output=flamegraph;dir=$home/bench/results")
    else
        arguments+=("$argument")
    fi
done
cd "$home"
exec "${run[@]}" io.millrace.bench.rig.Micro ${options[@]+"${options[@]}"} ${arguments[@]+"${arguments[@]}"}
