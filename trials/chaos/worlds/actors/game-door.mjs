import { connect } from 'node:net';

const patienceMs = 10_000;

/** Asks a game for a new generation. Resolves with what it says: `saved` with a number, `held`, or nothing. */
export function tick(port) {
  return new Promise((done) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('tick\n'));
    socket.setEncoding('utf8').setTimeout(patienceMs, () => socket.destroy());
    socket.on('data', (more) => {
      text += more;
    }).on('error', () => undefined).on('close', () => done(text.trim()));
  });
}
