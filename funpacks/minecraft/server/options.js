'use strict';

const gameModes = { survival: 0, creative: 1, adventure: 2, spectator: 3 };
const difficulties = { peaceful: 0, easy: 1, normal: 2, hard: 3 };

/** The library's options for our settings. */
function serverOptions(settings, port) {
  const { seed } = settings;
  return {
    port,
    motd: settings.motd ?? '',
    version: settings.version ?? '1.20.1',
    'online-mode': settings.onlineMode ?? true,
    'max-players': settings.maxPlayers ?? 20,
    gameMode: gameModes[settings.gameMode] ?? 0,
    difficulty: difficulties[settings.difficulty] ?? 2,
    worldFolder: 'world',
    generation: { name: settings.generator ?? 'diamond_square', options: { worldHeight: 80, ...(seed && { seed }) } },
    'view-distance': settings.viewDistance ?? 6,
    kickTimeout: 10_000,
    'max-entities': 100,
    'everybody-op': false,
    'player-list-text': { header: { text: '' }, footer: { text: '' } },
    plugins: {},
    logging: false,
  };
}

const has = (names, name) =>
  Array.isArray(names) && names.some((one) => String(one).toLowerCase() === name.toLowerCase());

/** Why a player may not come in. Undefined where they may. */
function refusal(settings, name) {
  if (has(settings.banned, name)) return 'You are banned from this server.';
  const isOpen = !Array.isArray(settings.whitelisted) || settings.whitelisted.length === 0;
  return isOpen || has(settings.whitelisted, name) ? undefined : 'You are not on the list of this server.';
}

const isOperator = (settings, name) => has(settings.ops, name);

module.exports = { isOperator, refusal, serverOptions };
