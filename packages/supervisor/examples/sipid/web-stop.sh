#!/usr/bin/env bash
# Ends the job "web": TERM, after 20 seconds QUIT (it writes its stacks), a second later KILL. Nothing to end is fine.
set -e

RUN_DIR="${RUN_DIR:-/var/vcap/sys/run/example-job}"

sipid kill --pid-file "$RUN_DIR/web.pid" --show-stacks
