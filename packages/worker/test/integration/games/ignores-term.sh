# Ends for nothing but KILL.
trap 'echo "not for TERM"' TERM
trap 'echo "not for QUIT"' QUIT
echo '{"event":"started"}'
while :; do read -r line; echo "no: $line"; done
