import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpTarget } from '../lib/http-target.mjs';
import { PinkyBox } from '../lib/pinky-box.mjs';
import { quantile } from '../lib/statistics.mjs';
import { jitter, msSince, nowNs, until } from '../lib/time.mjs';
import { largeWorld } from '../lib/worlds.mjs';

const program = (name) => fileURLToPath(new URL(`../floor/${name}`, import.meta.url));

/** Commands are given for as long as this at most, milliseconds, however slow the machine is. */
const longestMs = 180_000;
const config = 'api:\n  address: 127.0.0.1:0\nbackup:\n  keep: 1\n';

/**
 * Requests to the API and, in turns, the same ones to a bare fastify that answers the same bytes. Commands are given
 * while a world is backed up and a file of it is downloaded, again and again.
 */
export class Api {
  name = 'api';
  stage = 'lone';
  #lists = pairs();
  #metrics = pairs();
  #commands = pairs();
  #notes = [];

  async measure({ scratch, game, isQuick }) {
    this.servers = isQuick ? 20 : 100;
    this.mebibytes = isQuick ? 128 : 1_024;
    const box = new PinkyBox(scratch, { game, config, hasApi: true });
    const children = [];
    const child = (name) => {
      children.push(fork(program(name), [], { execArgv: [], env: scratch.env }));
      return children.at(-1);
    };
    const targets = {};
    try {
      await box.open();
      const ids = Array.from({ length: this.servers }, (_, place) => `g${place + 1}`);
      await box.start(ids.slice(0, 1), 'keeping');
      await box.start(ids.slice(1));
      await box.allUp(ids, 180_000);
      targets.pinky = await apiOf(box);
      targets.bare = await bareOf(child('fastify-server.cjs'), targets.pinky);
      const at = { ...targets, box, samples: isQuick ? 60 : 300, download: () => child('downloader.cjs') };
      await this.#reads(at);
      await this.#changes(at);
    } finally {
      for (const each of Object.values(targets)) each.close();
      for (const each of children) each.kill();
      await box.close();
      rmSync(box.home, { recursive: true, force: true });
    }
  }

  async #reads({ pinky, bare, samples }) {
    for (const [path, times] of [[listPath, this.#lists], ['/metrics', this.#metrics]]) {
      const ask = async (target) => (await target.expect(200, 'GET', path)).ms;
      for (let n = 0; n < 20; n++) for (const target of [pinky, bare]) await ask(target); // both compile what they run
      for (let n = 0; n < samples; n++) await times.take(() => ask(pinky), () => ask(bare));
    }
  }

  /** One backup follows the other, until there are enough commands. A command counts while both are under way. */
  async #changes({ pinky, bare, box, samples, download }) {
    const begun = nowNs();
    const world = largeWorld(join(box.home, 'servers', 'g1', 'working', 'world'), (this.mebibytes * 3) / 4);
    for (let n = 0; n < this.mebibytes / 4; n++) appendFileSync(join(world, 'whole'), randomBytes(1 << 20));
    const downloader = download();
    const url = `http://127.0.0.1:${pinky.port}/v1/servers/g1/files/world/whole`;
    downloader.send({ url, token: pinky.token });
    const give = async (target, n) =>
      (await target.expect(202, 'POST', '/v1/servers/g2/console', { line: `ping ${n}` })).ms;
    let backups = 0;
    for (let n = 0; n < samples;) {
      if (msSince(begun) > longestMs) throw new Error(`only ${n} of ${samples} commands in ${longestMs / 1_000} s`);
      const backup = new Backup(pinky);
      await backup.begin();
      backups++;
      while (n < samples && (await backup.isUnderWay())) {
        await this.#commands.take(() => give(pinky, n), () => give(bare, n));
        n++;
      }
      await backup.end();
    }
    const { bytes, failure } = await report(downloader);
    if (failure !== undefined) throw new Error(failure);
    const downloaded = Math.round(bytes / 2 ** 20);
    this.#notes.push(`during ${samples} commands each: ${backups} backups of ${this.mebibytes} MiB, and ` +
      `${downloaded} MiB downloaded`);
    rmSync(world, { recursive: true });
  }

  report() {
    const figure = (label, times, { q, target }) => ({
      label: `${label}, p${q * 100}`,
      unit: 'ms',
      pinky: quantile(times.pinky, q),
      bare: quantile(times.bare, q),
      ...(target !== undefined && { target }),
    });
    const many = `with ${this.servers} servers`;
    return {
      bare: 'fastify alone, which answers the same bytes',
      figures: [
        figure(`GET /v1/servers ${many}`, this.#lists, { q: 0.5 }),
        figure(`GET /v1/servers ${many}`, this.#lists, { q: 0.99 }),
        figure(`GET /metrics ${many}`, this.#metrics, { q: 0.5 }),
        figure(`GET /metrics ${many}`, this.#metrics, { q: 0.99, target: 50 }),
        figure('a command is answered 202 during backup and download', this.#commands, { q: 0.5 }),
        figure('a command is answered 202 during backup and download', this.#commands, { q: 0.99, target: 20 }),
      ],
      notes: [`${this.#lists.pinky.length} requests of each kind, in turns, one after another`, ...this.#notes],
    };
  }
}

const listPath = '/v1/servers?limit=1000';

/** The milliseconds of requests that take turns. */
function pairs() {
  const times = { pinky: [], bare: [] };
  return {
    ...times,
    async take(pinky, bare) {
      times.pinky.push(await pinky());
      await jitter(2, 4);
      times.bare.push(await bare());
      await jitter(2, 4);
    },
  };
}

async function apiOf(box) {
  const address = () => box.pinky('api', 'address').then((said) => said.url, () => undefined);
  const url = await until('the API listens', address);
  const { token } = await box.pinky('token', 'create', 'bench', '--allow', 'admin');
  return new HttpTarget(Number(new URL(url).port), token);
}

/** A bare fastify that knows what the API has answered just now. */
async function bareOf(child, pinky) {
  const servers = JSON.parse((await pinky.expect(200, 'GET', listPath)).text);
  const { text: metrics } = await pinky.expect(200, 'GET', '/metrics');
  const job = JSON.parse((await pinky.expect(202, 'POST', '/v1/servers/g2/console', { line: 'ping' })).text);
  child.send({ bodies: { servers, metrics, job } });
  const { port } = await nextMessage(child);
  return new HttpTarget(port, pinky.token);
}

/** A backup of everything, in a job that is asked now and then whether it is over. */
class Backup {
  #looked = 0n;

  constructor(pinky) {
    this.pinky = pinky;
  }

  async begin() {
    const { text } = await this.pinky.expect(202, 'POST', '/v1/servers/g1/backups', { force: true });
    this.job = JSON.parse(text);
    await until('the backup is under way', async () => (await this.#state()) !== 'queued');
  }

  async isUnderWay() {
    if (msSince(this.#looked) < 50) return this.job.state === 'active';
    return (await this.#state()) === 'active';
  }

  async end() {
    const isDone = async () => (await this.#state()) === 'done';
    await until('the backup is over', isDone, { timeoutMs: longestMs, everyMs: 50 });
  }

  async #state() {
    this.#looked = nowNs();
    this.job = JSON.parse((await this.pinky.expect(200, 'GET', `/v1/jobs/${this.job.id}`)).text);
    if (this.job.error) throw new Error(`the backup failed: ${this.job.error.message}`);
    return this.job.state;
  }
}

function report(child) {
  child.send({ report: true });
  return nextMessage(child);
}

async function nextMessage(child) {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a process of the row ended by itself'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}
