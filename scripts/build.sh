#!/usr/bin/env bash
# Builds a clone if its sources are newer than what was built from them; does nothing in an unpacked distribution.
set -euo pipefail
self=${BASH_SOURCE[0]}
if [[ -L $self || $self != */* ]]; then self=$(readlink -f -- "$self"); fi
# shellcheck source=env.sh
. "${self%/*}/env.sh"

if wants_help "$@"; then
    print_usage "${BASH_SOURCE[0]}"
    exit 0
fi
is_clone || exit 0
# Whoever comes while another builds waits, and finds it built.
mkdir -p "$home/target"
exec 9>"$home/target/build.lock"
flock 9
find_newer
[[ -n $newer ]] || exit 0
if [[ $newer != all ]]; then
    echo "Building Millrace, because ${newer#"$home"/} has changed"
else
    echo "Building Millrace, which is not built yet; the first time Maven has to fetch the libraries"
fi

command -v mvn >/dev/null || die "There is no mvn on the PATH; install Maven 3.8 or newer"
log=$home/target/build.log
began=$SECONDS
if ! (cd "$home" && mvn -B -ntp -Dstyle.color=never -DskipTests -Dspotless.apply.skip=true -Dspotless.check.skip=true \
    -pl broker -am package) 2>&1 | tee "$log" | sed -nu 's/^\[INFO\] Building Millrace: \([a-z]*\).*\[\(.*\)]$/  \1 (\2)/p'; then
    tail -n 40 "$log" >&2
    die "The build failed; $log has all of it"
fi
echo "Built in $((SECONDS - began)) s"
