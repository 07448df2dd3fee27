# Installs what try and test need and this machine lacks, saying so. Sourced; `root` is the tree's folder.
# Nothing is downloaded when all is there.

say() { printf '%s\n' "$*"; }

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else command -v sudo >/dev/null || die "not root, and there is no sudo for: $*"; sudo "$@"; fi
}

# need_programs PROGRAM=PACKAGE…: installs the Debian packages of the programs that are missing.
# /usr/games is where Debian puts games, and /usr/sbin is not on everybody's PATH.
need_programs() {
  local pair packages=()
  for pair in "$@"; do
    PATH="$PATH:/usr/games:/usr/sbin" command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
  done
  [ ${#packages[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || die "missing: ${packages[*]}; there is no apt-get here, please install them"
  say "installing from the distribution's packages: ${packages[*]}"
  # shellcheck disable=SC2086 # one entry may name two packages
  apt_install ${packages[*]}
}

# Lists of packages may never have been fetched, or be too old to be true: then they are fetched, and it is tried again.
apt_install() {
  local log; log=$(mktemp)
  local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@")
  if ! "${install[@]}" >"$log" 2>&1; then
    { as_root apt-get update -qq && "${install[@]}"; } >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die "apt-get could not install: $*"; }
  fi
  rm -f "$log"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || die 'Node.js 20.19 or newer with npm is needed: see https://nodejs.org'
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' \
    || die "Node.js 20.19 or newer is needed; this is $(node --version)"
}

# Compilers for the npm module lzo, and programs of util-linux and lzop that Pinky and its tests call.
need_system() {
  need_programs redis-server=redis-server lzop=lzop flock=util-linux script=bsdutils fallocate=util-linux setpriv=util-linux \
    make=make g++=g++ python3=python3
}

need_modules() {
  node "$root/scripts/lib/modules-complete.mjs" "$root" && return
  say 'installing npm modules'
  npm_install
  (cd "$root" && node -e 'require("lzo")') 2>/dev/null || die 'the npm module lzo was not built; its build needs make, g++, python3 and the headers of Node'
}

# `npm ci` refuses a lock file in which packages of other platforms are missing, because its registry does not have them;
# `npm install` takes the same versions from the same lock file.
npm_install() {
  local log prefix headers=(); log=$(mktemp)
  # Headers that came with this Node are those that its modules need, and need no download.
  prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  [ -f "$prefix/include/node/node.h" ] && headers=("npm_config_nodedir=$prefix")
  (cd "$root" && export ${headers[@]+"${headers[@]}"} && { npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund; }) >"$log" 2>&1 \
    || { tail -n 40 "$log" >&2; rm -f "$log"; die 'npm could not install the modules'; }
  rm -f "$log"
}

build() {
  local log; log=$(mktemp)
  (cd "$root" && npm run --silent build) >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die 'the build failed'; }
  rm -f "$log"
}

# Where things that are no part of the tree are kept, for all clones: players' clients, other Nodes.
cache_dir() { printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/pinky"; }
