# Installs one of the real games and a player for it. Sourced after install.sh.

# Installs what a funpack's bin/bootstrap cannot: programs of the distribution, and the players' clients.
need_game() {
  case "$1" in
    emberhollow) ;;
    luanti) need_programs minetestserver='minetest-server minetest-data' sqlite3=sqlite3 minetest=minetest ;;
    openttd) need_programs openttd='openttd openttd-opengfx' ;;
    minecraft) need_mineflayer ;;
    *) die "there is no game $1; --game is one of: emberhollow, luanti, openttd, minecraft" ;;
  esac
}

# The programs on which test/games plays its eggs. None of their services has to run.
need_egg_games() {
  need_programs openttd='openttd openttd-opengfx' minetestserver='minetest-server minetest-data' \
    teeworlds-server=teeworlds-server murmurd=mumble-server
}

# A Minecraft player. The funpack installs the server itself.
need_mineflayer() {
  local version=4.25.0 dir manifest; dir=$(cache_dir)
  manifest="$dir/node_modules/mineflayer/package.json"
  [ "$(node -p 'require(process.argv[1]).version' "$manifest" 2>/dev/null)" = "$version" ] && return
  say "installing a Minecraft player (mineflayer $version, 470 MB) in $dir"
  mkdir -p "$dir"
  [ -f "$dir/package.json" ] || printf '{ "private": true }\n' >"$dir/package.json"
  quietly npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund "mineflayer@$version" \
    || die 'npm could not install mineflayer'
}
