#!/usr/bin/env bash
# Starts the job "web". Monit may call it twice at once: the second call fails, and the first one starts the job.
set -e # without it, a claim that was refused would start a second process

RUN_DIR="${RUN_DIR:-/var/vcap/sys/run/example-job}"
PACKAGE="${PACKAGE:-/var/vcap/packages/example-job}"
PIDFILE="$RUN_DIR/web.pid"

mkdir -p "$RUN_DIR"

sipid claim --pid "$$" --pid-file "$PIDFILE"

# exec keeps the process id that was claimed. chpst is runit's: it changes the user.
exec chpst -u vcap:vcap "$PACKAGE/bin/web"
