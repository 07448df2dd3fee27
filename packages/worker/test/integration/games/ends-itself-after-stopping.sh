# A game in which a player typed its own command to stop: announces its end, and ends, when the file `end` appears.
echo '{"event":"started"}'
while [ ! -e end ]; do sleep 0.1; done
mv end ended # the next run waits for a file of its own
echo '{"event":"stopping"}'
exit 0
