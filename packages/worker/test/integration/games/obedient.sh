# Does as it is told, writes down what it heard in `heard`, and has two players.
echo '{"event":"started"}'
echo '{"event":"player_connected","user":"ann"}'
echo '{"event":"player_connected","user":"bob"}'
while read -r line; do
  echo "$line" >>heard
  case $line in
    stop) echo '{"event":"stopping"}'; exit 0 ;;
    list) echo '{"event":"players_list","players":["ann","bob"]}' ;;
    crash) exit 7 ;;
    'kick '*) user=${line#kick }; echo "{\"event\":\"player_disconnected\",\"user\":\"${user%% *}\"}" ;;
    *) echo "heard: $line" ;;
  esac
done
