# Says that it is ready, then nothing. By QUIT it tells what it does, as a JVM would.
trap 'echo "main is in the loop"; echo "end of stacks"' QUIT
echo '{"event":"started"}'
while :; do sleep 0.2; done
