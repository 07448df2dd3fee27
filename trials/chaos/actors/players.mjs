import { connect } from 'node:net';
import { isAlive } from '../../processes.mjs';

/** Between the end of a connection and the next attempt to join, milliseconds. */
const joinAgainMs = 500;

/**
 * People who play: TCP connections to games that echo what they hear. A connection that is cut while its game lives is
 * a violation.
 */
export class TcpPlayers {
  #sockets = new Map();
  cut = 0;
  said = 0;
  heard = 0;

  constructor({ timeline, lifeOf }) {
    this.timeline = timeline;
    this.lifeOf = lifeOf;
  }

  get count() {
    return this.#sockets.size;
  }

  /** The names of the players on a server now. */
  of(serverId) {
    return [...this.#sockets.values()].filter((one) => one.serverId === serverId).map(({ name }) => name);
  }

  /** A player joins a server's port, and joins again when its game has ended. */
  join(serverId, name, port) {
    const life = this.lifeOf(serverId);
    const socket = connect({ host: '127.0.0.1', port });
    socket.setEncoding('utf8').on('error', () => undefined);
    socket.once('connect', () => {
      socket.write(`${name}\n`);
      this.#sockets.set(socket, {
        serverId,
        name,
        timer: setInterval(() => socket.write(`hello ${++this.said}\n`), 500),
      });
    });
    socket.on('data', (text) => { this.heard += text.split('\n').length - 1; });
    socket.once('close', () => this.#closed(socket, {
      serverId,
      name,
      port,
      life,
    }));
  }

  #closed(socket, { serverId, name, port, life }) {
    const known = this.#sockets.get(socket);
    clearInterval(known?.timer);
    this.#sockets.delete(socket);
    if (this.isOver) return;
    setTimeout(() => {
      if (this.isOver) return;
      if (known && life && isAlive(life.boot)) {
        this.cut++;
        this.timeline.violation(`${serverId}: ${name} was cut off while the game lived`, serverId);
      }
      this.join(serverId, name, port);
    }, joinAgainMs);
  }

  end() {
    this.isOver = true;
    for (const [socket, { timer }] of this.#sockets) {
      clearInterval(timer);
      socket.destroy();
    }
    this.#sockets.clear();
  }
}
