# Installs what the launchers need and this machine lacks, and says so. Sourced; `root` is the tree's folder.
# Nothing is downloaded where nothing is missing.

say() { printf '%s\n' "$*"; }

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# quietly COMMAND…: runs a command, and prints the end of its output only where it fails.
quietly() {
  local log status=0; log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" = 0 ] || tail -n 100 "$log" >&2
  rm -f "$log"
  return "$status"
}

# Runs a command as root: directly, or through sudo.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need_programs PROGRAM=PACKAGE…: installs the Debian packages of the programs that are missing.
# Debian puts games into /usr/games, and not everybody has /usr/sbin on the PATH.
need_programs() {
  local pair packages=()
  for pair in "$@"; do
    PATH="$PATH:/usr/games:/usr/sbin" command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
  done
  [ ${#packages[@]} -eq 0 ] && return
  # One entry may name two packages, and two programs may come in one.
  mapfile -t packages < <(printf '%s\n' ${packages[*]} | sort -u)
  command -v apt-get >/dev/null || die "these packages are missing, and there is no apt-get: ${packages[*]}"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null \
    || die "these packages are missing; run as root: apt-get install -y --no-install-recommends ${packages[*]}"
  say "installing from the distribution's packages: ${packages[*]}"
  apt_install "${packages[@]}" || die "apt-get could not install: ${packages[*]}"
}

# The lists of packages may be missing or too old. Then they are fetched, and apt-get tries again.
apt_install() {
  local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@")
  quietly "${install[@]}" 2>/dev/null && return
  quietly as_root apt-get update -qq && quietly "${install[@]}"
}

need_node() {
  local is_new='const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
  command -v node >/dev/null && command -v npm >/dev/null \
    || die 'Node.js 20.19 or newer with npm is needed: see https://nodejs.org'
  node -e "$is_new" || die "Node.js 20.19 or newer is needed; this is $(node --version)"
}

# The compilers are for the npm module lzo. Pinky and its tests call the other programs.
need_system() {
  need_programs redis-server=redis-server lzop=lzop flock=util-linux script=bsdutils fallocate=util-linux \
    setpriv=util-linux openssl=openssl make=make g++=g++ python3=python3
}

# The tests of stores speak to Debian's Swift, a library for Debian's own Python, through its layer for S3.
need_store() {
  /usr/bin/python3 -c 'import swift.common.middleware.s3api.s3api' 2>/dev/null && return
  need_programs swift-for-tests=python3-swift
}

# The page is tested in Debian's browser, install scripts in the jail that bubblewrap makes, the Debian package by
# lintian, and the metrics by Prometheus.
need_for_tests() {
  need_programs chromium=chromium bwrap=bubblewrap
  if command -v dpkg-deb >/dev/null; then need_programs lintian=lintian; fi
  need_prometheus
}

# Two programs are taken out of Debian's package, into the cache. Its installation would start a service.
need_prometheus() {
  local dir work; dir="$(cache_dir)/prometheus"
  if command -v prometheus >/dev/null && command -v promtool >/dev/null; then return; fi
  if [ -x "$dir/promtool" ] && [ -x "$dir/prometheus" ]; then return; fi
  command -v apt-get >/dev/null || { say 'without apt-get, Prometheus does not test the metrics'; return; }
  say "taking Prometheus out of the distribution's package, into $dir"
  work=$(mktemp -d)
  (cd "$work" && { quietly apt-get download -qq prometheus 2>/dev/null \
    || { quietly as_root apt-get update -qq && quietly apt-get download -qq prometheus; }; }) \
    || die 'apt-get could not download: prometheus'
  mkdir -p "$dir"
  dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb \
    | tar -x -C "$dir" --strip-components 3 ./usr/bin/promtool ./usr/bin/prometheus
  rm -rf "$work"
}

need_modules() {
  node "$root/scripts/lib/modules-complete.mjs" "$root" && return
  say 'installing npm modules'
  quietly npm_install || die 'npm could not install the modules'
  (cd "$root" && node -e 'require("lzo")') 2>/dev/null \
    || die 'the npm module lzo was not built; its build needs make, g++, python3 and the headers of Node'
}

# `npm ci` refuses a lock file in which packages of other platforms are missing, because its registry lacks them.
# `npm install` takes the same versions from the same lock file.
npm_install() {
  local prefix headers=()
  # The headers that came with this Node fit, and need no download.
  prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  [ -f "$prefix/include/node/node.h" ] && headers=("npm_config_nodedir=$prefix")
  [ ${#headers[@]} -eq 0 ] || local -x "${headers[@]}"
  (cd "$root" && { npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund; })
}

build() { quietly npm_build || die 'the build failed'; }

npm_build() { (cd "$root" && npm run --silent build); }

# Where things are kept for all clones that are no part of the tree: players' clients and other Nodes.
cache_dir() { printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/pinky"; }
