# Prints bytes that are no UTF-8, alone and inside of what would be an event.
printf '\377\376\200 not text\n'
printf '{"event":"info","message":"caf\351"}\n'
printf '\000\001\n'
echo '{"event":"started"}'
while read -r line; do [ "$line" = stop ] && exit 0; done
