# Ends for nothing but KILL.
trap 'echo "not for TERM"' TERM
trap 'echo "not for QUIT"' QUIT
echo '{"event":"started"}'
# Without the pause it would take a whole core once nobody holds its stdin.
while :; do if read -r line; then echo "no: $line"; else sleep 0.1; fi; done
