import { join as pathOf } from 'node:path';
import { join } from '../../players/openttd.mjs';
import { root } from '../box.mjs';
import { until } from '@pinky/protocol/testing';
import { expect } from '../expect.mjs';
import { serverId } from '../stage.mjs';

export const openttd = {
  name: 'openttd',
  title: 'OpenTTD',
  funpack: pathOf(root, 'funpacks/openttd'),
  settings: { mapSize: 7, bindAddress: '127.0.0.1' },
  join,
  speaksByItself: true,
  noticesDeath: true,
  chatLine: (message) => message,
  howToJoin: (port) => `OpenTTD 13.0, Multiplayer, Add server, 127.0.0.1:${port}`,
  mark: 'a company',
  async leaveMark(stage) {
    stage.alice.foundCompany();
    await stage.queue.event({ type: 'info', message: 'alice has started a new company (#1)' });
    stage.seed = await ask(stage, 'getseed', /Generation Seed: (\d+)/);
  },
  /** The map has the seed that it was made from, and alice's company is on it. */
  async findMark(stage) {
    const seed = await ask(stage, 'getseed', /Generation Seed: (\d+)/);
    expect(seed === stage.seed, `the map's seed should be ${stage.seed}, and is ${seed}`);
    const company = await ask(stage, 'companies', /#:1\(\w+\) Company Name: '([^']*)'/);
    return `seed ${seed}, company #1 "${company}"`;
  },
};

/** Types a line on the game's console, and finds the answer in what the console said since then. */
async function ask(stage, line, answer) {
  const seen = (await stage.box.console(serverId)).length;
  await stage.job('console', { line });
  return until(
    `the console answers ${line}`,
    async () => answer.exec((await stage.box.console(serverId)).slice(seen))?.[1],
  );
}
