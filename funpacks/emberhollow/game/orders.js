'use strict';
const { cleaned } = require('./text');
const { debugOrders } = require('./debug');
const { changeSetting } = require('./settings');

/** The longest order that is read, characters. A longer one is cut. */
const longestOrder = 8_192;

const firstWord = (text) => {
  const space = text.indexOf(' ');
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
};

/** The host's orders on stdin. An event answers each. */
const orders = {
  stop: (game) => game.stop('ordered'),
  save: (game) => game.save(true),
  list: ({ hall, log }) => log.emit('players_list', { players: hall.names }),
  say({ hall, log }, text) {
    const message = cleaned(text);
    hall.tellAll(`[Server] ${message}`);
    log.emit('info', { kind: 'said', msg: message });
  },
  tell({ hall, log }, text) {
    const [name, message] = firstWord(text);
    withPlayer(hall, log, name, (player) => {
      player.tell(`[Server to you] ${cleaned(message)}`);
      log.emit('info', { kind: 'told', user: player.name, msg: cleaned(message) });
    });
  },
  kick({ hall, log }, text) {
    const [name, message] = firstWord(text);
    withPlayer(hall, log, name, (player) =>
      player.leave(
        `kicked${message ? `: ${cleaned(message)}` : ''}`,
        `You were kicked${message ? `: ${cleaned(message)}` : '.'}`,
      ),
    );
  },
  set({ settings, log }, text) {
    const [name, value] = firstWord(text);
    const fault = changeSetting(settings, name, value);
    if (fault === undefined) log.emit('settings_changed', { setting: name, value: settings[name] });
    else log.emit('warning', { kind: 'not_set', setting: cleaned(name), msg: cleaned(fault) });
  },
  debug(game, text) {
    const [name, argument] = firstWord(text);
    if (!game.settings.debug) {
      return game.log.emit('warning', { kind: 'debug_off', msg: 'debug orders are off; see the setting `debug`' });
    }
    if (!Object.hasOwn(debugOrders, name)) {
      return game.log.emit('warning', { kind: 'unknown_order', msg: `no debug order: ${cleaned(name)}` });
    }
    debugOrders[name](game, argument);
  },
};

function withPlayer(hall, log, name, act) {
  const player = hall.find(name);
  if (player) act(player);
  else log.emit('warning', { kind: 'no_such_player', user: cleaned(name), msg: 'nobody of that name is here' });
}

/**
 * Reads orders for as long as the process lives. stdin is a FIFO that never ends, because the game holds it open for
 * writing too. The event loop reads it like a socket, so that no thread of Node's pool waits for it.
 */
function readOrders(input, game) {
  let pending = '';
  input.setEncoding('utf8');
  input.on('data', (text) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop().slice(0, longestOrder);
    for (const line of lines) runOrder(game, line.replace(/\r$/, ''));
  });
  input.on('error', (failure) =>
    game.log.emit('warning', { kind: 'stdin', msg: `orders can no longer be read: ${failure.message}` }),
  );
}

function runOrder(game, line) {
  const [word, rest] = firstWord(line);
  if (Object.hasOwn(orders, word)) orders[word](game, rest);
  else if (word !== '') game.log.emit('warning', { kind: 'unknown_order', msg: `not an order: ${cleaned(word)}` });
}

module.exports = { readOrders };
