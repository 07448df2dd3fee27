'use strict';
const { isOperator, refusal, serverOptions } = require('./options');
const { Saving } = require('./saving');
const { copyWorld } = require('./snapshot');

/** How long players get to receive the last message, milliseconds. */
const farewellMs = 500;

/** The running server: what its players do becomes events, and the host's orders become calls of the library. */
class Game {
  #server;
  #settings;
  #log;
  #saving;
  #kicked = new Map();
  #isStopping = false;

  constructor({ library, settings, log, port }) {
    this.#settings = settings;
    this.#log = log;
    this.#server = library.createMCServer(serverOptions(settings, port));
    this.#server.once('ready', () => this.#begin(port));
    this.#server.on('newPlayer', (player) => this.#follow(player));
    this.#server.on('error', (failure) => this.#fail(failure));
  }

  takeOrder(line) {
    const [, order, rest] = /^(\S*) ?(.*)$/.exec(line) ?? [];
    const [, name, message] = /^(\S*) ?(.*)$/.exec(rest ?? '') ?? [];
    switch (order) {
      case 'stop':
        return this.stop('ordered');
      case 'save':
        return this.#save();
      case 'list':
        return this.#log.emit('players_list', { players: this.#server.players.map((player) => player.username) });
      case 'say':
        return this.#say(rest);
      case 'tell':
        return this.#withPlayer(name, (player) => this.#tell(player, message));
      case 'kick':
        return this.#withPlayer(name, (player) => this.#kick(player, message));
      case '':
        return undefined;
      default:
        return this.#log.emit('warning', { kind: 'unknown_order', message: `not an order: ${order}` });
    }
  }

  /** Says goodbye, saves and exits. */
  async stop(reason) {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#log.emit('stopping', { reason });
    const players = [...this.#server.players];
    const isSaved = await this.#lastSave();
    for (const player of players) player.kick('The server is stopping.');
    if (players.length > 0) await new Promise((done) => setTimeout(done, farewellMs));
    process.exit(isSaved ? 0 : 1);
  }

  async #lastSave() {
    try {
      await this.#savePlayers();
      await this.#saving?.all();
      return true;
    } catch (failure) {
      this.#log.emit('critical', { message: `the world could not be saved: ${failure.message}` });
      return false;
    }
  }

  /** A promise of the library that nobody waited for has failed. The game goes on. */
  hiccup(reason) {
    this.#warn('hiccup', reason);
  }

  #begin(port) {
    this.#saving = new Saving(this.#server.overworld, (failure) => this.#warn('save', failure));
    listenToSignals(this);
    this.#log.emit('started', { port });
  }

  #follow(player) {
    let isIn = false;
    player.on('connected', () => {
      const why = refusal(this.#settings, player.username);
      if (why) return player.kick(why);
      if (isOperator(this.#settings, player.username)) player.op = true;
      isIn = true;
      this.#log.emit('player_connected', { user: player.username });
    });
    player.on('disconnected', () => {
      if (!isIn) return;
      this.#log.emit('player_disconnected', {
        user: player.username,
        reason: this.#kicked.get(player.username) ?? 'left',
      });
      this.#kicked.delete(player.username);
    });
    player.on('chat', ({ message }) => this.#log.emit('chat', { user: player.username, message }));
  }

  /** Where a version's chat is not NBT, the library reads `&` as the beginning of a colour. */
  #plain(text) {
    return this.#server.supportFeature('chatPacketsUseNbtComponents') ? text : text.replaceAll('&', '&&');
  }

  #say(message) {
    this.#server.broadcast(this.#plain(`[Server] ${message}`));
    this.#log.emit('info', { kind: 'said', message });
  }

  #tell(player, message) {
    player.chat(this.#plain(`[Server to you] ${message}`));
    this.#log.emit('info', { kind: 'told', user: player.username, message });
  }

  #kick(player, message) {
    this.#kicked.set(player.username, message ? `kicked: ${message}` : 'kicked');
    player.kick(message || 'You were kicked.');
  }

  #withPlayer(name, act) {
    const player = this.#server.players.find((one) => one.username === name);
    if (player) act(player);
    else this.#log.emit('warning', { kind: 'no_such_player', user: name, message: 'nobody of that name is here' });
  }

  /** Writes everything and copies it for a backup. */
  async #save() {
    try {
      await this.#savePlayers();
      await this.#saving.pausedFor(copyWorld);
      this.#log.emit('info', { kind: 'saved', message: 'world saved' });
    } catch (failure) {
      this.#warn('save', failure);
      this.#log.emit('info', { kind: 'not_saved', message: 'world not saved' });
    }
  }

  async #savePlayers() {
    for (const player of this.#server.players) await player.save();
  }

  #fail(failure) {
    if (failure.syscall !== 'listen') return this.#warn('server', failure);
    this.#log.emit('fatal_error', { message: failure.message });
    process.exit(1);
  }

  #warn(kind, failure) {
    this.#log.emit('warning', { kind, message: String(failure?.message ?? failure) });
  }
}

/** Replaces the library's own listeners, which end the process before the world is written. */
function listenToSignals(game) {
  for (const signal of ['SIGTERM', 'SIGINT']) process.removeAllListeners(signal).on(signal, () => game.stop(signal));
}

module.exports = { Game, listenToSignals };
