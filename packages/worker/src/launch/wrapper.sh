# The program between a worker and its game: see wrapper.ts.
# $1 run folder, $2 pid file, $3 stdin FIFO, $4 boot id, then the game's command line.
# The whole file is one command, so that sh reads all of it before it runs: an upgrade may replace the file meanwhile.
{
  # Becomes the game. The identity stays the same over exec. A game that nobody could find again must not run.
  become() {
    read -r stat </proc/self/stat
    { printf '%s\n' "$wrapper" "$stat" "$boot" >"$run/identity"; } 2>/dev/null || exit 111
    { printf '%s\n' "${stat%% *}" >"$pidfile"; : >>"$run/console"; printf 'pid %s\n' "$stat" >&3; } 2>/dev/null
    # Not by arguments: a worker of the version before may run this file, and gives none of them.
    ulimit -Sn "${PINKY_GAME_FILES:-1024}" 2>/dev/null
    [ -z "${PINKY_GAME_FILES_MOST-}" ] || ulimit -Hn "$PINKY_GAME_FILES_MOST" 2>/dev/null
    unset PINKY_GAME_FILES PINKY_GAME_FILES_MOST
    unset PINKY_GAME_CGROUPS PINKY_GAME_OOM PINKY_GAME_MOUNTS PINKY_GAME_ALIVE PINKY_GAME_WRAPPER
    exec setsid "$@" <>"$stdin" >>"$run/console" 2>&1 3>&-
  }

  # The first process of the game's pid namespace, in a mount namespace of its own. When it ends, the kernel ends
  # whatever the game has left. The game's fork opens pipe_alive itself: this process must not hold it open.
  inside() {
    trap : PIPE HUP INT TERM QUIT
    (umask 022; exec mount -a -T "$PINKY_GAME_MOUNTS") >>"$run/console" 2>&1 || exit 111
    (
      exec 3<>"$PINKY_GAME_ALIVE"
      become "$@"
    )
    exit $?
  }

  if [ -n "${PINKY_GAME_WRAPPER-}" ]; then
    run=$1 pidfile=$2 stdin=$3 boot=$4 wrapper=$PINKY_GAME_WRAPPER; shift 4
    inside "$@"
  fi
  set -C; { echo "$$" >"$1/claim"; } 2>/dev/null || exit 111; set +C
  run=$1 pidfile=$2 stdin=$3 boot=$4 wrapper=$$; shift 4
  # Signals are caught, not ignored, so the game gets the usual ones. With `&`, sh would ignore INT and QUIT for it.
  trap : PIPE HUP INT TERM QUIT
  (
    # The cgroups come first: whatever the game makes is in them. One that cannot be joined is told by its absence.
    IFS='
'
    for folder in ${PINKY_GAME_CGROUPS-}; do
      { echo 0 >"$folder/cgroup.procs"; } 2>/dev/null && boot="$boot${IFS}cgroup $folder"
    done
    unset IFS
    [ -z "${PINKY_GAME_OOM-}" ] || { echo "$PINKY_GAME_OOM" >/proc/self/oom_score_adj; } 2>/dev/null
    [ -n "${PINKY_GAME_MOUNTS-}" ] || become "$@"
    export PINKY_GAME_WRAPPER="$wrapper"
    exec unshare --mount --ipc --uts /bin/sh "$0" "$run" "$pidfile" "$stdin" "$boot" "$@" 3>&-
  )
  code=$?
  # The worker is told first: on a busy disk a new file takes longer than a launch.
  printf 'exit %s\n' "$code" >&3
  { printf 'exit %s\n' "$code" >"$run/exit"; } 2>/dev/null
  exit 0
}
