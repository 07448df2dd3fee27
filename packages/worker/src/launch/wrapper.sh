# The program between a worker and its game: see wrapper.ts.
# $1 run folder, $2 pid file, $3 stdin FIFO, $4 boot id, then the game's command line. A standby (standby-process.ts)
# has a name below /dev/null as $1, and gets the run folder as a line on fd 4, twice.
# The whole file is one command, so that sh reads all of it before it runs: an upgrade may replace the file meanwhile.
{
  # Only one process can make the claim. It says by which argument the wrapper's command line is known.
  claim() {
    set -C; { printf '%s\n' "$wrapper" "$name" >"$run/claim"; } 2>/dev/null || exit 111; set +C
  }

  # A standby waits here. If the worker lets go of the pipe, nothing is left of it.
  await_run() {
    run=$name
    case $name in /dev/null/*) read -r run <&4 || exit 111; claim ;; esac
  }

  # The console gets what goes wrong in a launch, and not sh's own word about the end of a game, such as "Killed". No
  # shell holds it open while the game runs.
  quiet() { exec 2>/dev/null; }
  loud() { case $name in /dev/null/*) ;; *) exec 2>>"$run/console" ;; esac; }

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
    exec $session "$@" <>"$stdin" >>"$run/console" 2>&1 3>&- 4<&-
  }

  # The first process of the game's pid namespace, in a mount namespace of its own. When it ends, the kernel ends
  # whatever the game has left. The game's fork opens pipe_alive itself: this process must not hold it open.
  inside() {
    trap : PIPE HUP INT TERM QUIT
    case $name in /dev/null/*) errors=/dev/null ;; *) errors=$name/console ;; esac
    (umask 022; exec mount -a -T "$PINKY_GAME_MOUNTS") >>"$errors" 2>&1 || exit 111
    await_run
    quiet
    (
      loud
      exec 3<>"$PINKY_GAME_ALIVE"
      become "$@"
    )
    exit $?
  }

  name=$1 pidfile=$2 stdin=$3 boot=$4 session=setsid
  if [ -n "${PINKY_GAME_WRAPPER-}" ]; then
    wrapper=$PINKY_GAME_WRAPPER; shift 4
    [ -z "${PINKY_GAME_MOUNTS-}" ] || inside "$@"
    session= # it leads one already
    await_run
    become "$@"
  fi
  wrapper=$$ run=$name
  case $name in /dev/null/*) ;; *) claim ;; esac
  shift 4
  # Signals are caught, not ignored, so the game gets the usual ones. With `&`, sh would ignore INT and QUIT for it.
  trap : PIPE HUP INT TERM QUIT
  quiet
  (
    loud
    # The cgroups come first: whatever the game makes is in them. One that cannot be joined is told by its absence.
    IFS='
'
    for folder in ${PINKY_GAME_CGROUPS-}; do
      { echo 0 >"$folder/cgroup.procs"; } 2>/dev/null && boot="$boot${IFS}cgroup $folder"
    done
    unset IFS
    [ -z "${PINKY_GAME_OOM-}" ] || { echo "$PINKY_GAME_OOM" >/proc/self/oom_score_adj; } 2>/dev/null
    within=setsid
    if [ -n "${PINKY_GAME_MOUNTS-}" ]; then
      within='unshare --mount --ipc --uts'
      exec 3>&-
    else
      case $name in /dev/null/*) ;; *) become "$@" ;; esac
    fi
    export PINKY_GAME_WRAPPER="$wrapper"
    exec $within /bin/sh "$0" "$name" "$pidfile" "$stdin" "$boot" "$@"
  )
  code=$?
  case $name in
    /dev/null/*)
      # The claim may be another's, of a worker that has forbidden the launch.
      read -r run <&4 && read -r claimant <"$run/claim" && [ "$claimant" = "$wrapper" ] || exit 0
    ;;
  esac
  # The worker is told first: on a busy disk a new file takes longer than a launch.
  printf 'exit %s\n' "$code" >&3
  { printf 'exit %s\n' "$code" >"$run/exit"; } 2>/dev/null
  exit 0
}
