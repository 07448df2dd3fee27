'use strict';
const net = require('node:net');
const { EventLog } = require('./event-log');
const { Hall } = require('./hall');
const { readOrders } = require('./orders');
const { readSettings } = require('./settings');
const { loadWorld, saveWorld, worldPath } = require('./world-file');
const { World, logLastsMs } = require('./world');

/** How long a stop tries to save onto a full disk, how long to write to the console, and how often, milliseconds. */
const lastSaveTriesMs = 5_000;
const lastLinesMs = 500;
const lastTryEveryMs = 250;

/** One running game: the world, those in it, and the host's orders. */
class Game {
  #server = net.createServer((socket) => this.hall.welcome(socket));
  #timers = [];
  #couldSave = true;
  #stopping = false;

  constructor({ settings, log, world }) {
    this.settings = settings;
    this.log = log;
    this.world = world;
    this.hall = new Hall({ world, settings, log });
  }

  /** Listens on every address of the machine, and says `started` only then. */
  start(port) {
    const refuse = (failure) => {
      this.log.emit('fatal_error', {
        kind: failure.code,
        msg: failure.code === 'EADDRINUSE' ? `port ${port} is in use` : failure.message,
      });
      process.exit(1);
    };
    this.#server.once('error', refuse);
    this.#server.listen(port, () => {
      this.#server.off('error', refuse);
      // Such as EMFILE: the players who are here play on.
      this.#server.on('error', (failure) =>
        this.log.emit('warning', { kind: failure.code, msg: `nobody could come in: ${failure.message}` }),
      );
      this.log.emit('started', { port: this.#server.address().port });
      this.#every(logLastsMs, () => this.#burn());
      this.#every(this.settings.regrowSeconds * 1_000, () => this.world.regrow());
      this.#every(this.settings.autosaveSeconds * 1_000, () => this.save());
    });
  }

  /** Saves a changed world, and says so where it was asked to. Answers whether the world is on the disk now. */
  save(isAsked = false) {
    try {
      if (this.world.isChanged) saveWorld(this.world);
      this.world.isChanged = false;
      if (isAsked || !this.#couldSave) this.log.emit('info', { kind: 'saved', msg: 'world saved' });
      this.#couldSave = true;
    } catch (failure) {
      if (isAsked || this.#couldSave) {
        this.log.emit('warning', {
          kind: failure.code ?? 'save',
          msg: `the world could not be saved: ${failure.message}`,
        });
      }
      this.#couldSave = false;
    }
    return this.#couldSave;
  }

  /** Saves, says goodbye and exits: with 1 when the world could not be saved. */
  stop(why) {
    if (this.#stopping) return;
    this.#stopping = true;
    this.log.emit('stopping', { reason: why });
    for (const timer of this.#timers) clearInterval(timer);
    this.#server.close();
    this.hall.close('The hollow falls asleep. Come back soon!');
    this.#saveAndExit(0);
  }

  #saveAndExit(triedMs) {
    const isSaved = this.save();
    const isTold = this.log.flush();
    const isDone = isSaved ? isTold || triedMs >= lastLinesMs : triedMs >= lastSaveTriesMs;
    if (isDone) setImmediate(() => process.exit(isSaved ? 0 : 1));
    else setTimeout(() => this.#saveAndExit(triedMs + lastTryEveryMs), lastTryEveryMs);
  }

  #burn() {
    if (this.world.burn()) this.hall.tellAll('* The fire at the hearth has gone out. It is getting cold.');
  }

  #every(ms, act) {
    this.#timers.push(setInterval(() => act(), ms));
  }
}

/** The program. It finds everything in the working directory and the environment. */
function run() {
  const log = new EventLog();
  process.on('uncaughtException', (failure) => {
    log.emit('fatal_error', { kind: 'exception', msg: String(failure.stack ?? failure) });
    process.exit(70);
  });
  const settings = readSettings();
  const saved = loadWorld();
  if (saved && saved.path !== worldPath) {
    log.emit('warning', { kind: 'world', msg: `${worldPath} was unreadable; the save before it is used` });
  }
  const game = new Game({ settings, log, world: new World(saved?.state) });
  readOrders(process.stdin, game);
  process.on('SIGTERM', () => game.stop('SIGTERM'));
  process.on('SIGINT', () => game.stop('SIGINT'));
  // A closed terminal, or a host that hangs up, is no reason to end a game.
  process.on('SIGHUP', () => game.save(true));
  game.start(Number(process.env.PORT ?? 4000));
}

module.exports = { Game, run };
