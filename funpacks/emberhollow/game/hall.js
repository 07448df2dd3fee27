'use strict';
const { Visitor } = require('./visitor');
const { keyOf } = require('./text');

/** How many connections without a name there may be, besides the players. */
const mostStrangers = 50;

/** Everybody who is connected. Lets people in, passes on what they say, and puts them out. Logs what happens. */
class Hall {
  /** The players by the key of their name. */
  #players = new Map();
  #strangers = new Set();
  #isClosing = false;

  constructor({ world, settings, log }) {
    this.world = world;
    this.settings = settings;
    this.log = log;
  }

  get names() {
    return [...this.#players.values()].map((player) => player.name);
  }

  get isFull() {
    return this.#players.size >= this.settings.maxPlayers;
  }

  welcome(socket) {
    if (this.#strangers.size >= mostStrangers) {
      socket.end('Too many are waiting at the gate; come back in a moment.\r\n');
      return;
    }
    this.#strangers.add(new Visitor(socket, this));
  }

  isBanned(name) {
    return this.settings.banned.some((banned) => keyOf(String(banned)) === keyOf(name));
  }

  find(name) {
    return this.#players.get(keyOf(name));
  }

  in(place) {
    return [...this.#players.values()].filter((player) => player.person.place === place);
  }

  joined(player) {
    this.#strangers.delete(player);
    this.#players.set(keyOf(player.name), player);
    this.log.emit('player_connected', { user: player.name });
    this.tellAll(`* ${player.name} comes into the hollow.`, player);
  }

  /** Called once for every visitor who leaves, whatever the reason. */
  left(visitor, reason) {
    this.#strangers.delete(visitor);
    if (!visitor.name || this.#players.get(keyOf(visitor.name)) !== visitor) return;
    this.#players.delete(keyOf(visitor.name));
    this.log.emit('player_disconnected', { user: visitor.name, reason });
    if (!this.#isClosing) this.tellAll(`* ${visitor.name} leaves the hollow.`);
  }

  chat(player, message) {
    this.log.emit('chat', { user: player.name, message });
    this.tellAll(`<${player.name}> ${message}`);
  }

  tellAll(text, except) {
    for (const player of this.#players.values()) if (player !== except) player.tell(text);
  }

  tellPlace(place, text, except) {
    for (const player of this.in(place)) if (player !== except) player.tell(text);
  }

  close(text) {
    this.#isClosing = true;
    for (const visitor of [...this.#strangers, ...this.#players.values()]) visitor.leave('server stopped', text);
  }
}

module.exports = { Hall };
