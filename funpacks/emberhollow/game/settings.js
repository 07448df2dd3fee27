'use strict';
const fs = require('node:fs');

/** The defaults of the settings. funpack.json has the same values and explains them. */
const defaults = Object.freeze({
  motd: 'Keep the fire burning.',
  maxPlayers: 32,
  banned: [],
  regrowSeconds: 30,
  autosaveSeconds: 10,
  debug: false,
});

/** The defaults with the given settings, as far as those are known and of the right type. */
function settingsOf(given) {
  const settings = { ...defaults };
  for (const [name, standard] of Object.entries(defaults)) {
    const value = given?.[name];
    const isSameKind = typeof value === typeof standard && Array.isArray(value) === Array.isArray(standard);
    if (isSameKind) settings[name] = value;
  }
  return settings;
}

/** The settings that the host may change while people play. */
const live = new Set(['motd', 'maxPlayers', 'banned']);

/** Changes a setting to what an order says: a list has commas. Answers why not, where it cannot be. */
function changeSetting(settings, name, text) {
  if (!live.has(name)) return `${name} is read at the start only`;
  const value = read(defaults[name], text);
  if (typeof value === 'number' && !(value >= 1)) return `${name} must be a whole number of at least 1`;
  settings[name] = value;
  return undefined;
}

function read(standard, text) {
  if (Array.isArray(standard)) return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
  return typeof standard === 'number' ? Number.parseInt(text, 10) : text;
}

/** The settings that bin/prepare wrote into the working directory, or the defaults where it did not run. */
function readSettings(path = 'settings.json') {
  return settingsOf(fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, 'utf8')) : undefined);
}

module.exports = { changeSetting, defaults, readSettings, settingsOf };
