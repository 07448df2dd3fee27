# Says that it is ready, and then nothing at all.
echo '{"event":"started"}'
while read -r line; do [ "$line" = stop ] && exit 0; done
