#!/bin/sh
# What runs in a container of the image. Every role is exec'd, so that signals reach it and not a shell.
#
#   launch.sh host                      keeps the network, the names and the published ports of a host
#   launch.sh java ARCHIVE ARGUMENT...  a JVM with the archive of class data of that name, if there is one
#
# With TRIAL_CLOCK=FILE the JVM's clock is off by what the file says, as in +3600; it looks once a second.
set -eu

moved_clock() {
    for library in /usr/lib/*/faketime/libfaketimeMT.so.1; do
        if [ ! -f "$library" ]; then
            echo "launch.sh: the image has no libfaketime, which moves the clock" >&2
            exit 69
        fi
        LD_PRELOAD=$library
    done
    [ -f "$TRIAL_CLOCK" ] || echo +0 >"$TRIAL_CLOCK"
    # What waits for a while counts by the monotonic clock, which goes on as it does. With the "fix" of
    # libfaketime, waits of a JVM end at once.
    FAKETIME_TIMESTAMP_FILE=$TRIAL_CLOCK
    FAKETIME_CACHE_DURATION=1
    FAKETIME_DONT_FAKE_MONOTONIC=1
    FAKETIME_FORCE_MONOTONIC_FIX=0
    export LD_PRELOAD FAKETIME_TIMESTAMP_FILE FAKETIME_CACHE_DURATION FAKETIME_DONT_FAKE_MONOTONIC \
        FAKETIME_FORCE_MONOTONIC_FIX
}

case ${1-} in
    host) exec tail -f /dev/null ;;
    java)
        archive=/opt/trial/archives/$2.jsa
        shift 2
        # Naming an archive that is not there would cost the JVM its own one as well.
        if [ -f "$archive" ]; then
            set -- "-XX:SharedArchiveFile=$archive" "$@"
        fi
        if [ -n "${TRIAL_CLOCK-}" ]; then
            moved_clock
        fi
        exec java "$@"
        ;;
    *)
        echo "launch.sh: the first argument is host or java" >&2
        exit 64
        ;;
esac
