import { connect } from 'node:net';

/** Bytes that a program without our protocol might send. */
const garbage = (bytes) => [
  Buffer.alloc(bytes, 0xff),
  Buffer.from('GET / HTTP/1.0\r\n\r\n'),
  Buffer.alloc(8),
  Buffer.from([101, 0, 0, 0, 4, 0, 0, 0, 0xc1, 0xc1, 0xc1, 0xc1]),
];

/** Sends garbage to every one of these sockets, each piece over a connection of its own. */
export const disturb = (paths, bytes) =>
  Promise.all(paths.flatMap((path) => garbage(bytes).map((piece) => sendTo(path, piece))));

const sendTo = (path, bytes) => new Promise((done) => {
  const socket = connect({ path });
  const leave = () => {
    socket.destroy();
    done();
  };
  socket.once('connect', () => socket.write(bytes)).once('error', leave).once('close', leave);
  setTimeout(leave, 1_000);
});
