'use strict';

/** The lines of minetest.conf for each of our settings. */
const lines = {
  motd: (text) => [`motd = ${text}`],
  bindAddress: (text) => [`bind_address = ${text}`],
  maxPlayers: (n) => [`max_users = ${n}`],
  creative: (yes) => [`creative_mode = ${yes}`],
  damage: (yes) => [`enable_damage = ${yes}`],
  pvp: (yes) => [`enable_pvp = ${yes}`],
  seed: (text) => [`fixed_map_seed = ${text}`],
  mapgen: (name) => [`mg_name = ${name}`],
  defaultPrivs: (text) => [`default_privs = ${text}`],
  admin: (name) => [`name = ${name}`],
  chatLimit: (n) => [`chat_message_limit_per_10sec = ${n}`],
  password: (text) => [`default_password = ${text}`, `disallow_empty_password = ${text !== ''}`],
  // 62 forbids client mods everything that can be forbidden, 0 nothing (builtin/settingtypes.txt).
  clientMods: (yes) => [`csm_restriction_flags = ${yes ? 0 : 62}`],
};

/** A setting as one line: a line break would begin another setting. */
const oneLine = (text) => text.replace(/[\u0000-\u001f\u007f]/g, ' ');

function configText(settings) {
  const chosen = Object.entries(lines).flatMap(([name, write]) =>
    settings[name] === undefined || settings[name] === '' ? [] : write(settings[name]),
  );
  return `${['server_announce = false', ...chosen.map(oneLine)].join('\n')}\n`;
}

module.exports = { configText };
