# Runs ./scripts/test on another Node. Sourced after install.sh.

# on_other_node VERSION [JEST OPTION…]: does not return.
# The tree is copied, so that its own node_modules keep the native modules of the Node that it is worked on with.
on_other_node() {
  local version=$1 home binary copy; shift
  umask 022
  home="$(shared_cache_dir)/node-$version"
  binary=$(brought_node "$home")
  if [ -z "$binary" ]; then
    install_node "$version" "$home"
    binary=$(brought_node "$home")
    [ -n "$binary" ] || die "node@$version brought no program"
  fi
  copy="$home/tree-$(printf '%s' "$root" | sha256sum | cut -c1-8)"
  copy_tree "$copy"
  say "testing a copy of the tree in $copy"
  PATH="$(dirname "$binary"):$PATH" exec "$copy/scripts/test" -- "$@"
}

install_node() {
  local version=$1 home=$2
  say "installing Node $version in $home"
  mkdir -p "$home"
  printf '{ "private": true, "allowScripts": { "node": true } }\n' >"$home/package.json"
  quietly npm install --prefix "$home" --no-audit --no-fund "node@$version" \
    || die "npm could not install node@$version"
}

# Root's tests have daemons of other users run Node, and those may not look into root's home.
shared_cache_dir() { if [ "$(id -u)" = 0 ]; then printf '/var/cache/pinky\n'; else cache_dir; fi; }

# The program in the package of this machine's kind, which has the headers for native modules beside it.
brought_node() {
  find "$1/node_modules" -path '*/node-linux-*/bin/node' -perm -u+x 2>/dev/null | head -n 1 || true
}

# Brings the copy up to date with all that git knows or would add. node_modules of an earlier run stays.
copy_tree() {
  local copy=$1
  mkdir -p "$copy"
  find "$copy" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
  (cd "$root" && present_files | tar -c --null -T -) | tar -x -C "$copy"
}

present_files() {
  git ls-files -z -co --exclude-standard \
    | while IFS= read -r -d '' file; do [ -e "$file" ] && printf '%s\0' "$file"; done
}
