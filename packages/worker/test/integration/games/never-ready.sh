# Talks, and never says that it is ready.
echo 'loading for ever'
while read -r line; do [ "$line" = stop ] && exit 0; done
