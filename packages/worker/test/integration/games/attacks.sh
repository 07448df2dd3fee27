# Obeys stop, and attacks when it is told to.
echo '{"event":"started"}'
bomb() { bomb | bomb & }
while read -r line; do
  case $line in
    stop) exit 0 ;;
    'say bomb') bomb ;;
    'say eat') exec perl -e '$x .= "x" x 1000000, select(undef, undef, undef, 0.01) for 1..400; sleep 600' ;;
    'say fill') df -kP /tmp /var/tmp /dev/shm >sizes; exec head -c 900000000 /dev/zero >/tmp/filled-by-a-game ;;
  esac
done
