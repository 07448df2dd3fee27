# Prints JSON that is no event, and events whose fields have the wrong type.
echo '[1,2,3]'; echo '"started"'; echo 'null'; echo '42'
echo '{"event":7}'; echo '{"event":["started"]}'; echo '{"event":'
echo '{"event":"chat","user":{"a":1},"message":"hi"}'
echo '{"event":"player_connected","user":17}'
echo '{"event":"players_list","players":"everybody"}'
echo '{"event":"info","server_id":"other","pinky_id":"other","id":"x","type":"y","ts":"not a time","__proto__":{"z":1}}'
echo '{"event":"started"}'
while read -r line; do [ "$line" = stop ] && exit 0; done
