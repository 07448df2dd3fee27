# Gives up before it has begun.
echo 'cannot find my files'
exit 3
