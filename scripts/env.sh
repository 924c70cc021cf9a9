# shellcheck shell=bash disable=SC2034 # what is set here is used by the scripts that source this
# Sourced by the other scripts: where things are, which Java, which class path, which JVM options.
#
# What can be set from outside:
#   JAVA_HOME            the Java to use; otherwise the one on the PATH
#   MILLRACE_HEAP_OPTS   heap, -Xms32m -Xmx256m if absent
#   MILLRACE_TOOL_HEAP_OPTS  heap of the command-line tools, -Xms16m -Xmx256m if absent
#   MILLRACE_GC_OPTS     collector, -XX:+UseSerialGC if absent
#   MILLRACE_JVM_OPTS    anything else for the JVM
#   MILLRACE_RUN_DIR     where running brokers are noted, run/ of the installation if absent
#   MILLRACE_LOG_DIR     where brokers in the background log, logs/ of the installation if absent
#   MILLRACE_CLASS_ARCHIVE   "by hand": no archive of classes is made unless somebody calls class-archive.sh

MILLRACE_STARTED_US=${EPOCHREALTIME//[!0-9]/}

# The installation is the parent of the directory that really holds this script, however it was called.
scripts_dir=${BASH_SOURCE[0]}
if [[ -L $scripts_dir || $scripts_dir != */* ]]; then scripts_dir=$(readlink -f -- "$scripts_dir"); fi
scripts_dir=$(cd -P -- "${scripts_dir%/*}" && pwd)
home=${scripts_dir%/*}
run_dir=${MILLRACE_RUN_DIR:-$home/run}
log_dir=${MILLRACE_LOG_DIR:-$home/logs}

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Sets java (the command) and java_major (17, 21, ...) without starting a JVM where that can be avoided.
find_java() {
    if [[ -n ${JAVA_HOME:-} ]]; then
        java=$JAVA_HOME/bin/java
        [[ -x $java ]] || die "JAVA_HOME=$JAVA_HOME has no bin/java; set it to an installed JDK or JRE of version 17 or newer"
    else
        # What bash itself remembers of a command; a process to ask it would take a millisecond, and the next one more.
        hash -- java 2>/dev/null || die "There is no java on the PATH; install Java 17 or newer, or set JAVA_HOME"
        java=${BASH_CMDS[java]}
    fi
    # The file that says which version it is lies beside the real one; a directory that is a link does not matter. A relative
    # path is none any more for scripts that go to the installation before they start it.
    if [[ -L $java || $java != /* ]]; then java=$(readlink -f -- "$java"); fi
    local release line
    release=${java%/bin/*}/release
    java_version=
    if [[ -r $release ]]; then
        while IFS= read -r line; do
            [[ $line == JAVA_VERSION=* ]] && java_version=${line#*=}
        done <"$release"
        java_version=${java_version//\"/}
    fi
    if [[ -z $java_version ]]; then
        java_version=$("$java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p')
    fi
    java_major=${java_version%%[.+-]*}
    ((java_major >= 17)) || die "Millrace needs Java 17 or newer, and $java is $java_version"
}

# A clone is recognised by its pom; there the jars are in the build's output, else beside the scripts.
is_clone() { [[ -f $home/pom.xml ]]; }

# Sets lib. A clone may have several builds, of which the last counts.
find_lib() {
    lib=$home/lib
    if is_clone; then
        lib=$home/target/millrace/lib
        local dir
        for dir in "$home"/target/millrace-*/lib; do
            if [[ $dir -nt $lib ]]; then lib=$dir; fi
        done
    fi
}

# Sets lib, built (what the last build of a clone made last) and newer (a source that is newer, or all if nothing is built).
find_newer() {
    find_lib
    built=${lib%/lib}.tar.gz
    newer=all
    if [[ -f $built && -d $lib ]]; then
        newer=$(find "$home/pom.xml" "$home"/{protocol,storage,client,broker}/{pom.xml,src/main} \
            -newer "$built" -type f -print -quit)
    fi
}

# Builds a clone if its sources are newer than what was built from them, which is seen at once if they are not.
build_what_is_newer() {
    is_clone || return 0
    find_newer
    [[ -z $newer ]] || "$scripts_dir/build.sh"
}

# Sets class_path to all jars in a fixed order, which the class archive depends on.
find_class_path() {
    find_lib
    # Native libraries first: the JVM opens the jars one by one until it has found what is not in the class archive.
    local LC_ALL=C jar natives=("$lib"/*-linux-*.jar) jars=()
    for jar in "$lib"/*.jar; do [[ $jar == *-linux-*.jar ]] || jars+=("$jar"); done
    if [[ -e ${natives[0]} ]]; then jars=("${natives[@]}" "${jars[@]}"); fi
    [[ -e ${jars[0]} ]] || die "There are no jars in $lib; the installation is not complete"
    local IFS=:
    class_path="${jars[*]}"
}

# Sets jvm_opts. The archive of loaded classes is used if it was made by this Java from these jars, else silently not.
find_jvm_opts() {
    # shellcheck disable=SC2206 # options are words
    jvm_opts=(${MILLRACE_HEAP_OPTS:--Xms32m -Xmx256m} ${MILLRACE_GC_OPTS:--XX:+UseSerialGC}
        -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData
        -Dio.netty.jfr.enabled=false -Dio.netty.native.detectNativeLibraryDuplicates=false
        "-Dmillrace.home=$home" "-Dmillrace.started.us=$MILLRACE_STARTED_US")
    # What Java uses here anyhow; unless it is told, it looks for another in every jar.
    if [[ $OSTYPE == linux* ]]; then jvm_opts+=(-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider); fi
    # Touching the heap page by page is a good part of a start.
    local pages=
    [[ -r /sys/kernel/mm/transparent_hugepage/enabled ]] && read -r pages </sys/kernel/mm/transparent_hugepage/enabled
    if [[ $pages == *"[madvise]"* || $pages == *"[always]"* ]]; then jvm_opts+=(-XX:+UseTransparentHugePages); fi
    # Most of what a start runs, it runs some hundred times, and a fifth of its CPU went into compiling that. The optimizing
    # compiler is as quick as ever (its thresholds are a third of the default, times three): to hold it back too would cost
    # small requests a third, until it came.
    jvm_opts+=(-XX:CompileThresholdScaling=3 -XX:Tier4InvocationThreshold=1667 -XX:Tier4MinInvocationThreshold=200
        -XX:Tier4CompileThreshold=5000 -XX:Tier4BackEdgeThreshold=13334)
    if ((java_major >= 24)); then
        jvm_opts+=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
    fi
    use_class_archive ""
    # shellcheck disable=SC2206
    jvm_opts+=(${MILLRACE_JVM_OPTS:-})
}

# Sets jvm_opts for the command-line tool $1, which should answer at once and is gone before code is worth optimising, unless it
# measures.
find_tool_jvm_opts() {
    local speed=(-XX:TieredStopAtLevel=1 -Dio.netty.allocator.type=unpooled)
    case ${1:-} in *-perf | *-latency | dump-log) speed=() ;; esac
    # shellcheck disable=SC2206 # options are words
    jvm_opts=(${MILLRACE_TOOL_HEAP_OPTS:--Xms16m -Xmx256m} -XX:+UseSerialGC ${speed[@]+"${speed[@]}"}
        -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData "-Dmillrace.home=$home"
        -Dslf4j.provider=io.millrace.client.cli.ToolLogging -Dslf4j.internal.verbosity=WARN)
    if ((java_major >= 24)); then
        jvm_opts+=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
    fi
    use_class_archive tools-
    # shellcheck disable=SC2206
    jvm_opts+=(${MILLRACE_JVM_OPTS:-})
}

use_class_archive() {
    find_class_archive "$1"
    if class_archive_holds; then
        # At the address it was made for, if that is free. At another, every start writes to each of its pages first: 14 ms, and
        # 15 MB of a broker's memory that it shares with nobody.
        jvm_opts+=("$class_archive_option=$class_archive" -Xlog:disable -Xlog:all=error:stderr
            -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0)
    fi
}

# True if the archive was made from these jars in this place; the JVM would not take it otherwise.
class_archive_holds() {
    local made_of=
    [[ -f $class_archive && -f $class_archive.of ]] && IFS= read -r made_of <"$class_archive.of" &&
        [[ $made_of == "$class_path" ]]
}

# Has the archives made in the background, at low priority, if this installation has none that hold and can keep some, and says
# so in one line. Nobody does that twice at once; what fails harms nobody, and is not tried again until its log is removed.
make_class_archives() {
    find_class_archive ""
    if class_archive_holds || is_clone || [[ ${MILLRACE_CLASS_ARCHIVE:-} == "by hand" || ! -w $lib ]] ||
        [[ -e $lib/classes-$java_version.failed ]] || ! command -v flock >/dev/null; then
        return 0
    fi
    exec 9>"$lib/classes.lock"
    if flock -n 9; then
        echo "Making an archive of classes in the background, once; with it brokers and tools start about twice as fast" >&2
        # Whoever called this script has its process to itself again at once.
        (MILLRACE_JVM_OPTS='' MILLRACE_HEAP_OPTS='' setsid nice -n 19 "$scripts_dir/class-archive.sh" --in-background \
            </dev/null >/dev/null 2>&1 &)
    fi
    exec 9>&-
}

# Sets class_archive, a file for each program ($1: nothing for the broker, else a prefix) and version of Java, and the option
# that uses it. An ahead-of-time cache has no room for classes as old as those of picocli, so the tools have none.
find_class_archive() {
    if ((java_major >= 25)) && [[ -z $1 ]]; then
        class_archive=$lib/classes-$1$java_version.aot
        class_archive_option=-XX:AOTCache
    else
        class_archive=$lib/classes-$1$java_version.jsa
        class_archive_option=-XX:SharedArchiveFile
    fi
}

# True if process $1 runs class $2 and is noted in our directory, and not one that got the number of a dead one.
runs_class() {
    local line
    line=$(ps -ww -o args= -p "$1" 2>/dev/null) || return 1
    [[ $line == *"-Dmillrace.run.dir=$run_dir "*"$2"* ]]
}

# Prints the comment at the head of script $1, which says how to call it, without the comment signs.
print_usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"
}

# True if one of the arguments asks for help.
wants_help() {
    local argument
    for argument in "$@"; do
        if [[ $argument == -h || $argument == --help ]]; then return 0; fi
    done
    return 1
}

# Asks the processes in pids to end and waits until those that run class $2 have, for $3 seconds at most; nothing is killed when
# the time is up. $1 is what they are called.
stop_all() {
    local what=$1 main_class=$2 limit_s=$3 pid deadline
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    deadline=$((SECONDS + limit_s))
    for pid in "${pids[@]}"; do
        while runs_class "$pid" "$main_class"; do
            ((SECONDS < deadline)) || die "The $what with pid $pid has not stopped in $limit_s s; it is left alone"
            sleep 0.05
        done
        rm -f -- "$run_dir/$what-$pid"
        echo "Stopped the $what with pid $pid"
    done
}

# Sets pids to the running processes of class $2 that are noted as $1-PID in our directory; those with text $3 in their note, if
# it is not empty. Notes of processes that are gone are removed.
find_running() {
    local what=$1 main_class=$2 wanted=$3 note pid
    pids=()
    for note in "$run_dir/$what"-*; do
        [[ -f $note ]] || continue
        pid=${note##*-}
        if ! runs_class "$pid" "$main_class"; then
            rm -f -- "$note"
        elif [[ -z $wanted || $wanted == "$(<"$note")" ]]; then
            pids+=("$pid")
        fi
    done
}
