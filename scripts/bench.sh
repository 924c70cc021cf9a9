#!/usr/bin/env bash
# Runs the micro-benchmarks of a clone, with the garbage of each operation: bench.sh [REGEXP] [JMH OPTION]...
# bench.sh -h shows the options of JMH. A quiet machine is what the figures need most.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/env.sh"

is_clone || die "The benchmarks are in the sources of Millrace only; clone those"
find_java
class_path_file=$home/bench/target/classpath
newer=all
if [[ -f $class_path_file ]]; then
    newer=$(find "$home/pom.xml" "$home"/{protocol,storage,client,broker,bench}/{pom.xml,src/main} -newer "$class_path_file" -type f \
        -print -quit)
fi
if [[ -n $newer ]]; then
    echo "Building Millrace and its benchmarks"
    (cd "$home" && mvn -B -ntp -q -DskipTests -Dspotless.apply.skip=true -Dspotless.check.skip=true package) ||
        die "The build failed"
fi
exec "$java" -cp "$home/bench/target/classes:$(<"$class_path_file")" org.openjdk.jmh.Main -prof gc "$@"
