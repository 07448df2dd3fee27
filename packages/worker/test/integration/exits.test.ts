import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';

describe('a game that announces its own end', () => {
  let box: Box;
  beforeAll(async () => { box = await Box.open(); });
  afterAll(() => box.close());

  const end = (serverId: string) => writeFileSync(join(box.paths(serverId).working, 'end'), '');
  const told = (serverId: string) => box.queue.events(serverId).filter(({ type }) => type === 'stopped');

  it('is started again where its funpack says so, and goes down where its server does', async () => {
    const funpack = box.funpack('ends-itself-after-stopping.sh', { onExit: [{ announced: true, do: 'restart' }] });
    const { game } = await box.up('one', funpack);
    end('one');
    await box.queue.status('one', ({ pid, state }) => state === 'up' && pid !== game, 'a new game');
    expect(told('one')[0]).toMatchObject({ code: 0, restarting: true });
    box.startWorker('two');
    const start = { serverId: 'two', funpack: { url: funpack }, ram: { min: 64, max: 64 }, settings: {} };
    await box.command('start', { ...start, onExit: '0=stop' });
    end('two');
    await box.queue.status('two', ({ state }) => state === 'down', 'down');
    await until('its end is told', () => told('two').length > 0);
    expect(told('two')[0]).toMatchObject({ code: 0, how: 'exited with code 0' });
  });
});
