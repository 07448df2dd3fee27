# Does not listen to anybody.
exec </dev/null
echo '{"event":"started"}'
echo '{"event":"player_connected","user":"ann"}'
exec sleep 600
