// Answers q3a queries and prints a line now and then, until it is told to `spin` (it answers nothing any more) or to be
// `mute` (it does neither, and works on). It works a little all the time.
const { createSocket } = require('node:dgram');
const { createInterface } = require('node:readline');

const socket = createSocket('udp4');
let isMute = false;
const status = '\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\x\\mapname\\m\\sv_maxclients\\8\n';
socket.on('message', (_question, { port, address }) => {
  if (!isMute) socket.send(Buffer.from(status, 'latin1'), port, address);
});
setInterval(() => {
  for (const until = performance.now() + 20; performance.now() < until;);
}, 100);
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stop') process.exit(0);
  if (line === 'spin') for (;;);
  isMute = line === 'mute';
});
socket.bind(Number(process.env.PORT), '127.0.0.1', () => console.log('{"event":"started"}'));
