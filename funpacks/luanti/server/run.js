'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { constants } = require('node:os');
const { createInterface } = require('node:readline');
const { Channel } = require('./channel');
const { EventLog } = require('./event-log');
const { holdsUdpPort } = require('./socket');

/** Between two looks whether the server's socket is there, milliseconds. */
const lookEveryMs = 25;

/** Runs the server and translates: its log (on stderr) becomes events, and orders on our stdin go to its mod. */
class Luanti {
  #log = new EventLog();
  #channel = new Channel();
  #port = Number(process.env.PORT ?? 30000);
  #server;
  #isStopping = false;
  #lastError = '';

  start() {
    const program = [
      'minetestserver',
      '--world',
      'world',
      '--gameid',
      fs.readFileSync('game', 'utf8'),
      '--config',
      'minetest.conf',
      '--port',
      String(this.#port),
      '--logfile',
      '',
    ];
    // If we are killed, the server must not hold the port and the databases on its own.
    this.#server = spawn('setpriv', ['--pdeathsig', 'KILL', ...program], {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/games` },
    });
    this.#server.once('error', (failure) => this.#end(1, `the server could not be started: ${failure.message}`));
    this.#server.once('close', (code, signal) =>
      this.#end(signal ? 128 + constants.signals[signal] : code, this.#lastError),
    );
    for (const output of [this.#server.stdout, this.#server.stderr]) {
      createInterface({ input: output }).on('line', (line) => this.#hear(line));
    }
    readLines(process.stdin, (line) => this.#takeOrder(line));
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => this.#stop(signal));
  }

  #hear(line) {
    const event = this.#channel.read(line);
    if (event?.event === 'ready') return this.#tellStarted();
    if (event) return this.#tell(event);
    const error = /ERROR\[\w+\]: (?<text>.*)$/.exec(line)?.groups.text;
    if (error) this.#lastError = error;
    if (line.trim() !== '') this.#log.line(line);
  }

  #tell({ event, ...fields }) {
    if (event === 'players_list') fields.players = fields.players.split(',').filter((name) => name !== '');
    this.#log.emit(event, fields);
  }

  #tellStarted() {
    if (holdsUdpPort(this.#server.pid, this.#port)) this.#log.emit('started', { port: this.#port });
    else setTimeout(() => this.#tellStarted(), lookEveryMs);
  }

  #takeOrder(line) {
    const [, order, rest] = /^(\S*) ?(.*)$/.exec(line) ?? [];
    const [, user, message] = /^(\S*) ?(.*)$/.exec(rest ?? '') ?? [];
    switch (order) {
      case 'stop': return this.#stop('ordered');
      case 'say': return this.#channel.send({ order, message: rest });
      case 'tell': case 'kick': return this.#channel.send({ order, user, message });
      case 'list': return this.#channel.send({ order });
      case '': return undefined;
      default: return this.#log.emit('warning', { kind: 'unknown_order', message: `not an order: ${order}` });
    }
  }

  /** SIGTERM makes the server save and exit with 0. A second one would end it at once, so it is sent only once. */
  #stop(reason) {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#log.emit('stopping', { reason });
    this.#server.kill('SIGTERM');
  }

  #end(code, error) {
    if (code !== 0 && !this.#isStopping) {
      this.#log.emit('fatal_error', { message: error || `the server exited with ${code}` });
    }
    process.exit(code);
  }
}

/** Reads lines of a FIFO that never ends. It is read as a stream, so that no thread of Node's pool waits for it. */
function readLines(input, onLine) {
  let pending = '';
  input.setEncoding('utf8').on('data', (text) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop();
    for (const line of lines) onLine(line);
  });
}

module.exports = { run: () => new Luanti().start() };
