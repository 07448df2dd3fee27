import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Player } from './player.mjs';

/** A player of Emberhollow as with telnet, with lines in and lines out. A line can be any verb of the game. */
export async function join({ port, name }) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const player = new Player(name, {
    say: (text) => socket.write(`${text}\n`),
    leave: () => socket.end('quit\n'),
  });
  createInterface({ input: socket }).on('line', (line) => {
    player.hears(line);
    if (line.startsWith('You were kicked')) player.isKicked(line.replace(/^You were kicked(: |\.)/, ''));
  });
  socket.on('error', () => socket.destroy());
  socket.once('close', () => player.isGone());
  socket.write(`${name}\n`);
  await player.heard(`Hello ${name}`);
  return player;
}
