#!/usr/bin/env bash
# Makes the archives of classes that let a broker and the command-line tools start sooner: starts a broker, sends a few
# records through it, runs the tools against it, and has the JVMs save the classes that were loaded (application class data
# sharing; an ahead-of-time cache from Java 25 on). The archives hold for this Java, these jars and this place only; elsewhere
# they are not used. The build makes them, and where there are none the first start of a broker has them made in the background:
# --in-background is how it calls this, which then begins a little later and keeps what went wrong in lib/classes-JAVA.failed.
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if wants_help "$@"; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
find_java
find_class_path
dir=$(mktemp -d)
broker=
failed=$lib/classes-$java_version.failed
rm -f -- "$failed"
clean_up() {
    local status=$?
    if [[ -n $broker ]]; then kill -KILL "$broker" 2>/dev/null || true; fi
    if ((status != 0)) && [[ -f $dir/log ]]; then mv -- "$dir/log" "$failed"; fi
    rm -rf -- "$dir"
}
trap clean_up EXIT
if [[ ${1:-} == --in-background ]]; then
    # It has the lock from whoever started it, who is to be up first.
    exec >"$dir/log" 2>&1
    sleep 10
else
    exec 9>"$lib/classes.lock"
    flock 9
fi
find_class_archive ""
rm -f -- "$class_archive"
find_jvm_opts

if ((java_major >= 25)); then save=-XX:AOTCacheOutput; else save=-XX:ArchiveClassesAtExit; fi
# Puts a finished archive where the scripts look for it, with what it was made of. It is moved last, and within one file system.
keep() {
    printf '%s\n' "$class_path" >"$class_archive.of"
    mv -- "$1" "$class_archive.new"
    mv -- "$class_archive.new" "$class_archive"
}

printf '%s\n' "listeners=PLAINTEXT://localhost:0" "log.dirs=$dir/logs" offsets.topic.replication.factor=1 \
    group.initial.rebalance.delay.ms=0 >"$dir/broker.properties"
: >"$dir/out"
"$java" "${jvm_opts[@]}" "$save=$dir/classes" -cp "$class_path" io.millrace.broker.Main "$dir/broker.properties" \
    >"$dir/out" 2>&1 9>&- &
broker=$!
# Generous, for a machine that builds several things at once.
deadline=$((SECONDS + 180))
until grep -q ' ready: ' "$dir/out"; do
    if ((SECONDS >= deadline)) || ! kill -0 "$broker" 2>/dev/null; then
        cat -- "$dir/out" >&2
        die "No class archive was made, because the broker did not start; it will start without, and slower"
    fi
    sleep 0.05
done
bootstrap=$(sed -n 's|.* ready: .*PLAINTEXT://\([^ ,]*\).*|\1|p' "$dir/out")
for i in {1..100}; do echo "line $i"; done >"$dir/lines.txt"
"$java" "${jvm_opts[@]}" -cp "$class_path" io.millrace.client.samples.Quickstart \
    --bootstrap-server "$bootstrap" "$dir/lines.txt" \
    >"$dir/client.out" 2>&1 || echo "The trial run failed; the archive holds the classes of the start only" >&2
archive=$class_archive
find_class_archive tools-
rm -f -- "$class_archive"
find_tool_jvm_opts topics
# In two steps, because an archive made at the exit of a JVM leaves out classes as old as those of picocli.
save=-XX:DumpLoadedClassList=$dir/tool-classes.list
"$java" "${jvm_opts[@]}" "$save" -cp "$class_path" io.millrace.broker.tool.ToolsRehearsal "$bootstrap" \
    >"$dir/tools.out" 2>&1 || true
if [[ -s $dir/tool-classes.list ]]; then
    # The JVM compares these with those of the run that uses the archive.
    modules=()
    if ((java_major >= 24)); then modules=(--enable-native-access=ALL-UNNAMED); fi
    "$java" ${modules[@]+"${modules[@]}"} -Xshare:dump -Xlog:disable \
        "-XX:SharedClassListFile=$dir/tool-classes.list" "-XX:SharedArchiveFile=$dir/tool-classes" \
        -cp "$class_path" >>"$dir/tools.out" 2>&1 || true
fi
if [[ -s $dir/tool-classes ]]; then
    keep "$dir/tool-classes"
else
    echo "The JVM saved no class archive of the tools; they will start without, and slower" >&2
fi
kill -TERM "$broker"
wait "$broker" || true
broker=
[[ -s $dir/classes ]] || { cat -- "$dir/out" >&2; die "The JVM saved no class archive"; }
class_archive=$archive
keep "$dir/classes"
