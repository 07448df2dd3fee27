'use strict';
const fs = require('node:fs');

/** What a setting is when nobody set it; the same values as in funpack.json, where they are documented. */
const defaults = Object.freeze({
  motd: 'Keep the fire burning.',
  maxPlayers: 32,
  banned: [],
  regrowSeconds: 30,
  autosaveSeconds: 10,
  debug: false,
});

/** Known settings of the right type over the defaults; anything else is left out. */
function settingsOf(given) {
  const settings = { ...defaults };
  for (const [name, standard] of Object.entries(defaults)) {
    const value = given?.[name];
    const isSameKind = typeof value === typeof standard && Array.isArray(value) === Array.isArray(standard);
    if (isSameKind) settings[name] = value;
  }
  return settings;
}

/** The settings that bin/prepare wrote into the working directory; the defaults where it was not run. */
function readSettings(path = 'settings.json') {
  return settingsOf(fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, 'utf8')) : undefined);
}

module.exports = { defaults, readSettings, settingsOf };
