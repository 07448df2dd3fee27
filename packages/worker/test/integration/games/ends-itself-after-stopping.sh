# A game in which a player typed its own command to stop: announces its end, and ends, when the file `end` appears.
echo '{"event":"started"}'
while [ ! -e end ]; do sleep 0.1; done
echo '{"event":"stopping"}'
exit 0
