import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { TrialBox } from '../box.mjs';

const options = `api:
  address: 127.0.0.1:27590
ports:
  first: 27600
  step: 1
  count: 20
limits:
  disk: 2 GiB
`;

/** The box of the pictures: four servers, players, backups, schedules, and an hour of figures. */
export class Stage {
  #box = new TrialBox(() => options, { ownDisks: false });
  #players = [];

  /** Runs `pinky … --json`, and answers what it printed. */
  async pinky(...args) {
    const { code, stdout, stderr } = await this.#box.pinky(...args, '--json');
    if (code !== 0) throw new Error(`pinky ${args.join(' ')} ended with ${code} and said: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  }

  /** A link that logs one browser in. */
  async link() {
    return (await this.pinky('web')).link;
  }

  async fill() {
    this.#box.prepare();
    await this.pinky('up', '--daemonize');
    for (const id of ['lobby', 'arena', 'castle', 'hardcore'])
      await this.pinky('start', id, '--funpack', 'emberhollow');
    await this.pinky('stop', 'hardcore');
    this.#writeFigures('castle');
    await this.#crash('castle');
    await this.#join('arena', 'dora');
    await this.#join('lobby', 'alice');
    await this.pinky('backup', 'lobby');
    await this.#leave('lobby', await this.#join('lobby', 'bob'));
    await this.#join('lobby', 'carol');
    await this.#pinOldest('lobby');
    await this.#schedule('lobby', '0 4 * * *', 'backup then restart', '--warn', '10m,5m,1m');
    await this.#schedule('lobby', '30 23 * * sun-thu', 'broadcast good-night then wait 30s then stop');
    this.#writeFiles('lobby');
  }

  /** A funpack in an archive, to be uploaded. */
  archive() {
    const folder = join(this.#box.root, 'upload', 'tiny-arena');
    mkdirSync(folder, { recursive: true });
    const description = { name: 'Tiny Arena', version: '1.0.0', run: ['bin/run'] };
    writeFileSync(join(folder, 'funpack.json'), JSON.stringify(description));
    const file = join(this.#box.root, 'tiny-arena.tar.gz');
    execFileSync('tar', ['czf', file, '-C', join(folder, '..'), 'tiny-arena']);
    return file;
  }

  async clear() {
    for (const player of this.#players) player.destroy();
    await this.#box.pinky('down');
    this.#box.remove();
  }

  async #explain(id) {
    return this.pinky('explain', id);
  }

  async #join(id, name) {
    const player = connect((await this.#explain(id)).port, '127.0.0.1').on('error', () => undefined);
    this.#players.push(player);
    player.write(`${name}\n`);
    await until(`${name} is in ${id}`, async () => (await this.#explain(id)).players.includes(name));
    player.write('say hello there\n');
    return player;
  }

  async #leave(id, player) {
    const before = (await this.#explain(id)).players.length;
    player.destroy();
    await until('the player has left', async () => (await this.#explain(id)).players.length < before);
  }

  async #crash(id) {
    const { pid, restarts } = await this.#explain(id);
    process.kill(pid, 'SIGKILL');
    await until(`${id} runs again`, async () => {
      const now = await this.#explain(id);
      return now.state === 'up' && now.restarts > restarts;
    });
  }

  async #schedule(id, when, work, ...options) {
    await this.pinky('schedule', 'add', id, when, ...work.split(' '), ...options, '--tz', 'Europe/Berlin');
  }

  /** Makes another one, and pins the one before it. */
  async #pinOldest(id) {
    await this.pinky('backup', id);
    const [{ backups }] = (await this.pinky('backups', id)).servers;
    await this.pinky('pin', id, backups.at(-1).name);
  }

  /** An hour of figures as the API would have taken them, twice a minute, with a gap in which the box was off. */
  #writeFigures(id) {
    const folder = join(this.#box.home, 'history', id, 'samples');
    mkdirSync(folder, { recursive: true });
    const now = Math.round(Date.now() / 1_000);
    const lines = Array.from({ length: 120 }, (_, n) => {
      const players = Math.max(0, Math.round(6 + 6 * Math.sin(n / 9) + Math.sin(n * 2)));
      const [cpuPercent, memoryBytes] = [players * 5 + 4 + (n % 5), 3e8 + n * 2e6 + players * 1e7];
      return `${now - (120 - n) * 30} ${cpuPercent.toFixed(1)} ${memoryBytes} ${players}\n`;
    });
    appendFileSync(join(folder, 'newest.log'), lines.filter((_, n) => n < 52 || n > 62).join(''));
  }

  #writeFiles(id) {
    const folder = join(this.#box.home, 'servers', id, 'working');
    mkdirSync(join(folder, 'plugins'));
    writeFileSync(join(folder, 'rules.txt'), 'Be kind.\nBuild what you like.\nAsk before you take a thing down.\n');
  }
}
