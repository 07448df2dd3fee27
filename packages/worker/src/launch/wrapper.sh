# The program between a worker and its game: see wrapper.ts. $1 run folder, $2 pid file, $3 stdin FIFO, then the game's command line.
# All of it is one command, so that it is read whole before it runs: an upgrade may replace this file meanwhile.
{
  set -C; { echo "$$" >"$1/claim"; } 2>/dev/null || exit 111; set +C
  run=$1 pidfile=$2 stdin=$3; shift 3
  : >>"$run/console" || exit 111
  # sh starts what it does not wait for with INT and QUIT ignored; env(1) would take a name with `=` for a variable.
  case "$1" in *=*) ;; *) set -- env --default-signal=INT,QUIT "$@" ;; esac
  setsid "$@" <>"$stdin" >>"$run/console" 2>&1 3>&- &
  game=$!
  trap '' PIPE HUP INT TERM QUIT
  read -r stat </proc/$game/stat; read -r own </proc/$$/stat; read -r boot </proc/sys/kernel/random/boot_id
  # A game that nobody could find again must not run.
  { printf '%s\n' "$own" "$stat" "$boot" >"$run/identity"; } 2>/dev/null || { kill -s KILL "$game"; stat=; }
  [ -z "$stat" ] || { printf '%s\n' "$game" >"$pidfile"; printf 'pid %s\n' "$stat" >&3; } 2>/dev/null
  wait "$game"; code=$?
  # The worker first: on a busy disk a new file takes longer than a launch.
  printf 'exit %s\n' "$code" >&3
  { printf 'exit %s\n' "$code" >"$run/exit"; } 2>/dev/null
  exit 0
}
