# Shared by the scripts of the package, which carry it: when some of them run, its files are gone.
root=/usr/lib/pinky

# Prints the pids that use a folder: they hold something of it open, stand in it, or name it in their command line.
users_of() {
  {
    find /proc/[0-9]*/fd /proc/[0-9]*/cwd \( -lname "$1" -o -lname "$1/*" \) 2>/dev/null || :
    printf '%s/\n' "$1" | grep -lsF -f - /proc/[0-9]*/cmdline || :
  } | cut -d/ -f3 | grep -x '[0-9]*' | sort -u || :
}

# Prints the homes of the boxes that run from here, and the usual one.
homes() {
  {
    if [ -d /var/lib/pinky ]; then echo /var/lib/pinky; fi
    for user in $(users_of "$root"); do
      { tr '\0' '\n' <"/proc/$user/environ" | sed -n 's/^PINKY_HOME=//p'; } 2>/dev/null || :
    done
  } | sort -u
}

# as_owner HOME COMMAND…: runs a command on a box, as the user to whom it belongs.
as_owner() {
  home=$1; shift
  name=$(stat -c %U "$home")
  where=$(getent passwd "$name" | cut -d: -f6)
  set -- env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="${where:-$home}" PINKY_HOME="$home" "$@"
  if [ "$name" = root ]; then "$@"; return; fi
  setpriv --reuid "$(stat -c %u "$home")" --regid "$(stat -c %g "$home")" --clear-groups "$@"
}

# Prints the value of one field of a box's configuration, such as `backups`.
setting_of() { sed -n "s/.*\"$2\": *\"\([^\"]*\)\".*/\1/p" "$1/effective.json" 2>/dev/null | head -n 1; }
