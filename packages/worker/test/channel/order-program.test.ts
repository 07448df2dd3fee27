import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { utf8, type Funpack, type LaunchContext } from '@pinky/funpack-runner/light';
import { systemClock } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { OrderProgram } from '../../src/channel/order-program.js';
import { tempDir } from '../temp.js';

describe('the program bin/order', () => {
  const dir = tempDir();

  function program(script: string): OrderProgram {
    for (const folder of ['bin', 'working']) mkdirSync(join(dir(), folder), { recursive: true });
    writeFileSync(join(dir(), 'bin', 'order'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir(), 'bin', 'order'), 0o755);
    const funpack = { dir: dir(), manifest: { name: 'x', version: '1' } } as Funpack; // nothing else of it is read
    const context: LaunchContext = {
      serverId: 'one',
      port: 10_100,
      ram: { min: 64, max: 64 },
      settings: {},
      workingDir: join(dir(), 'working'),
      sharedDir: '/s',
      datafile: '/d',
      home: '/w',
    };
    const placeholders = () => undefined;
    return new OrderProgram(funpack, context, { serverId: 'one', placeholders, clock: systemClock, encoding: utf8 });
  }

  it('gets one order as a line of JSON, in the folder and the environment of the game', async () => {
    const order = '{"order":"kick","user":"al \\"ice\\"; $(id)","message":""}';
    const channel = program('cat >got; echo "$PORT $SERVER_ID $(pwd)"; echo not this >&2');
    expect(await channel.say([order])).toEqual({ lines: [`10100 one ${join(dir(), 'working')}`], isConfirmed: false });
    expect(readFileSync(join(dir(), 'working', 'got'), 'utf8')).toBe(`${order}\n`);
  });

  it('gets a raw line as an order too', async () => {
    const { lines } = await program('cat').say(['save "all"']);
    expect(lines).toEqual(['{"order":"console","line":"save \\"all\\""}']);
  });

  it('may confirm what it has passed on', async () => {
    expect(await program('echo \'{"confirmed": true}\'').say(['x'])).toMatchObject({ isConfirmed: true });
    expect(await program('echo \'<al> {"confirmed":true}\'').say(['x'])).toMatchObject({ isConfirmed: false });
  });

  it('fails with its last line', async () => {
    await expect(program('echo no such player; exit 3').say(['x'])).rejects.toMatchObject({
      code: 'order_failed',
      message: expect.stringMatching(/exited with 3; its last line: no such player$/),
    });
  });

  it('is ended with everything that it began when nobody waits for it any more', async () => {
    const channel = program('touch began; sleep 60');
    const said = expect(channel.say(['x'])).rejects.toMatchObject({ code: 'cancelled' });
    await until('it runs', () => existsSync(join(dir(), 'working', 'began')));
    channel.close();
    await said;
  });
});
