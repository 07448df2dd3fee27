import { spawn } from 'node:child_process';
import { closeSync, constants, lstatSync, openSync, readFileSync, readSync, symlinkSync, writeFileSync } from 'node:fs';
import { utf8 } from '@pinky/funpack-runner/light';
import { join } from 'node:path';
import { systemClock } from '@pinky/protocol';
import { FakeClock, until } from '@pinky/protocol/testing';
import { OrderFifo } from '../../src/channel/order-fifo.js';
import { tempDir } from '../temp.js';

describe('a FIFO for orders', () => {
  const dir = tempDir();
  const placeholders = () => undefined;
  const made: OrderFifo[] = [];
  afterEach(() => { for (const fifo of made.splice(0)) fifo.close(); });

  function fifo(clock = systemClock): OrderFifo {
    const options = { serverId: 'one', placeholders, clock, encoding: utf8 };
    const channel = new OrderFifo({ via: 'fifo', path: 'orders' }, dir(), options);
    made.push(channel);
    return channel;
  }

  it('is read line by line by a game that knows nothing of it but its name, without an end of file', async () => {
    const channel = fifo();
    channel.make();
    writeFileSync(join(dir(), 'out'), '');
    const game = spawn('sh', ['-c', 'while read -r line; do echo "heard $line" >>out; done <orders; echo end >>out'], {
      cwd: dir(),
    });
    const ended = new Promise((resolve) => game.once('exit', resolve));
    await channel.say(['say "hi"', 'list']);
    await until('both are read', () => readFileSync(join(dir(), 'out'), 'utf8').includes('heard list'));
    await channel.say(['stop']);
    channel.close();
    await ended;
    expect(readFileSync(join(dir(), 'out'), 'utf8')).toBe('heard say "hi"\nheard list\nheard stop\nend\n');
  });

  it('takes the place of a file and of a link, and leaves the link\'s target alone', () => {
    writeFileSync(join(dir(), 'precious'), 'x');
    symlinkSync('precious', join(dir(), 'orders'));
    fifo().make();
    expect(lstatSync(join(dir(), 'orders')).isFIFO()).toBe(true);
    expect(readFileSync(join(dir(), 'precious'), 'utf8')).toBe('x');
  });

  it('fails if nobody reads it for five seconds', async () => {
    const clock = new FakeClock();
    const channel = fifo(clock);
    channel.make();
    const refused = expect(channel.say(['x'])).rejects.toMatchObject({ code: 'order_failed' });
    await clock.advance(5_000);
    await refused;
  });

  it('writes nothing to what a game has put in its place', async () => {
    const channel = fifo();
    writeFileSync(join(dir(), 'other'), '');
    symlinkSync('other', join(dir(), 'orders'));
    await expect(channel.say(['x'])).rejects.toMatchObject({ code: 'order_failed' });
    expect(readFileSync(join(dir(), 'other'), 'utf8')).toBe('');
  });

  it('finds the game again that closed it', async () => {
    const channel = fifo();
    channel.make();
    const path = join(dir(), 'orders');
    const read = (): string => {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const said = channel.say(['again']);
      const bytes = Buffer.alloc(100);
      const count = readSync(fd, bytes);
      closeSync(fd);
      void said;
      return bytes.toString('utf8', 0, count);
    };
    expect([read(), read()]).toEqual(['again\n', 'again\n']);
  });
});
