# Runs pinky below the first process of a container: sourced by `pinky` where that is process 1, and by `./pinky`.
# Whatever loses its parent becomes a child of process 1, which must wait for it, or it stays as a zombie for ever. Node
# waits only for what it has started itself. A shell in `wait` waits for every child.
exec 3<&0
node "$0" "$@" <&3 3<&- &
child=$!
exec 3<&-
# The kernel gives process 1 only the signals that it has asked for.
for name in HUP INT QUIT USR1 USR2 TERM CONT; do trap "kill -$name $child 2>/dev/null" "$name"; done
# A signal ends `wait` too; then the child still runs.
code=0
while wait "$child"; code=$?; kill -0 "$child" 2>/dev/null; do :; done
exit "$code"
