// Has bound its query port when it says that it is ready, and binds its own port once it is told to. A process of its
// own does that, as the engine behind a launcher would.
const { spawn } = require('node:child_process');
const { createSocket } = require('node:dgram');
const { createInterface } = require('node:readline');
const { createServer } = require('node:net');

const { PORT, PORT_QUERY, PORT_RCON, DATAFILE } = process.env;
if (process.argv[2] === 'engine') createSocket('udp4').bind(Number(PORT));
else {
  const { ports } = JSON.parse(require('node:fs').readFileSync(DATAFILE, 'utf8'));
  const query = createSocket('udp4');
  createServer().listen(Number(PORT_RCON), '127.0.0.1', () => {
    query.bind(ports.query, () => console.log(`{"event":"started"}\nquery ${PORT_QUERY}`));
  });
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'listen') spawn(process.execPath, [__filename, 'engine'], { stdio: 'ignore' });
    if (line === 'stop') process.exit(0);
  });
}
