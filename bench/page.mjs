// The page and the metrics of a box with a hundred servers, beside the smallest answer of the API and a blank page.
// Frames are taken while ten updates a second change all servers of the list, in turns with those of the blank page.
// `npm run build && node bench/page.mjs`. It needs Debian's chromium, and starts a box and a browser of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { median, quantile } from './lib/statistics.mjs';

const program = resolve(import.meta.dirname, '../packages/cli/bin/pinky');
const servers = 100;
const rounds = 15;
const frames = 100;
const frameRounds = 5;
const updates = 10;
const home = mkdtempSync(join(tmpdir(), 'pinky-bench-page-'));
writeFileSync(join(home, 'pinky.yml'), 'api:\n  address: 127.0.0.1:25990\n  open_metrics: yes\n');
writeFileSync(join(home, 'isolation'), 'none\n');

const pinky = async (...args) => {
  const env = { ...process.env, PINKY_HOME: home };
  return JSON.parse((await promisify(execFile)(process.execPath, [program, ...args, '--json'], { env })).stdout);
};

/** `pinky up` does not wait for the API. */
async function loginLink() {
  for (let tries = 0; tries < 100; tries++) {
    const { link } = await pinky('web').catch(() => ({}));
    if (link !== undefined) return link;
    await rest(200);
  }
  throw new Error('the API of the box does not answer');
}

async function defineServers(url) {
  const { token } = await pinky('token', 'create', 'bench', '--allow', 'admin');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'wait=30' };
  for (let n = 0; n < servers; n++) {
    const body = JSON.stringify({ serverId: `s${n}`, funpack: 'emberhollow', start: false });
    await (await fetch(`${url}/v1/servers`, { method: 'POST', headers, body })).text();
  }
}

async function answerMs(url) {
  const at = performance.now();
  await (await fetch(url)).text();
  return performance.now() - at;
}

/** The browser notes a paint a moment after it. */
const firstPaint = (page) => page.evaluate(`new Promise((done) => {
  const look = () => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (paint) done(paint.startTime);
    else requestAnimationFrame(look);
  };
  look();
})`);
const frameTimes = `new Promise((done) => {
  const times = [];
  let last = performance.now();
  const next = (now) => {
    times.push(now - last);
    last = now;
    if (times.length < ${frames}) requestAnimationFrame(next);
    else done(times);
  };
  requestAnimationFrame(next);
})`;

/**
 * Lets the page look at its servers ten times a second, as it does when somebody comes back to it, and gives each of
 * them other figures each time. Evaluates to the function that ends this and says how many looks were answered.
 */
const updating = `(() => {
  const real = window.fetch;
  let looks = 0;
  window.fetch = async (...asked) => {
    const response = await real(...asked);
    if (!String(asked[0]?.url ?? asked[0]).includes('/v1/servers?')) return response;
    const { servers } = await response.json();
    looks++;
    const changed = servers.map((server, i) => ({
      ...server,
      state: 'up',
      cpuPercent: (looks * 7 + i) % 100,
      memoryBytes: 1e9 + ((looks + i) % 50) * 1e7,
      players: Array.from({ length: (looks + i) % 20 }, (_, n) => 'p' + n),
    }));
    return new Response(JSON.stringify({ servers: changed }), response);
  };
  const timer = setInterval(() => document.dispatchEvent(new Event('visibilitychange')), ${1_000 / updates});
  window.endUpdates = () => {
    clearInterval(timer);
    window.fetch = real;
    return looks;
  };
})()`;

/** Times between frames, of the page under updates and of the blank one, and how many updates a second were shown. */
async function framesOf(page, blank) {
  const taken = { page: [], blank: [], perSecond: [] };
  for (let round = 0; round < frameRounds; round++) {
    await page.bringToFront();
    const at = performance.now();
    await page.evaluate(updating);
    taken.page.push(...await page.evaluate(frameTimes));
    taken.perSecond.push(await page.evaluate('endUpdates()') / ((performance.now() - at) / 1_000));
    await blank.bringToFront();
    taken.blank.push(...await blank.evaluate(frameTimes));
  }
  return taken;
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await pinky('up', '--daemonize');
  const link = await loginLink();
  const url = new URL(link).origin;
  await defineServers(url);
  const [page, blank] = [await browser.newPage(), await browser.newPage()];
  await page.goto(link);
  await page.locator('.rail li').first().waitFor();
  const taken = { metrics: [], healthz: [], page: [], blank: [] };
  for (let round = 0; round < rounds; round++) {
    taken.metrics.push(await answerMs(`${url}/metrics`));
    taken.healthz.push(await answerMs(`${url}/healthz`));
    await page.bringToFront();
    await page.reload();
    await page.locator('.rail li').first().waitFor();
    taken.page.push(await firstPaint(page));
    await blank.bringToFront();
    await blank.goto('data:text/html,<p>blank');
    taken.blank.push(await firstPaint(blank));
  }
  const times = await framesOf(page, blank);
  const figures = Object.entries(taken).map(([name, ms]) => [`${name}, ms`, median(ms).toFixed(1)]);
  const framed = [['median', 0.5], ['95 %', 0.95], ['99 %', 0.99]].map(([name, q]) => {
    const [ofPage, ofBlank] = [quantile(times.page, q), quantile(times.blank, q)];
    const ratio = (ofPage / ofBlank).toFixed(2);
    return [`frame, ${name}`, `${ofPage.toFixed(1)} ms, ${ratio} of a blank page's ${ofBlank.toFixed(1)}`];
  });
  const updated = ['updates a second', median(times.perSecond).toFixed(1)];
  console.table(Object.fromEntries([...figures, updated, ...framed]));
} finally {
  await browser.close();
  await pinky('down').catch(() => undefined); // it may not have come up
  rmSync(home, { recursive: true, force: true });
}
