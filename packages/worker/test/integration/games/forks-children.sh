# Leaves children behind: one in its group, one in a session of its own, one that nobody waits for.
sleep 600 & echo $! >>children
setsid sleep 601 & echo $! >>children
(setsid sh -c 'echo $$ >>children; exec sleep 602' &)
while [ "$(wc -l <children)" -lt "${CHILDREN:-3}" ]; do sleep 0.01; done
echo '{"event":"started"}'
while read -r line; do [ "$line" = stop ] && exit 0; done
