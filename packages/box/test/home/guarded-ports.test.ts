import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { guardedPorts, loadConfig } from '../../src/config/index.js';

describe('the ports that games are kept from', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pinky-guard-'));
    writeFileSync(boxPaths(home).isolation, 'strict\n');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const ports = (text: string) => {
    writeFileSync(boxPaths(home).config, `${text}\n`);
    return guardedPorts(loadConfig({ home, env: {} }));
  };
  const noApi = 'api: {enabled: no}';

  it('are none for a private Redis without an API: that one is reached by a file', () => {
    expect(ports(noApi)).toEqual([]);
    expect(ports(`redis: /run/redis.sock\n${noApi}`)).toEqual([]);
  });

  it('are those of your own Redis, on this machine or another', () => {
    expect(ports(`redis: redis://127.0.0.1:6400\n${noApi}`)).toEqual([{ port: 6400 }]);
    expect(ports(`redis: tcp:localhost:6401\n${noApi}`)).toEqual([{ port: 6401 }]);
    expect(ports(`redis: redis://10.0.0.5:6402/3\n${noApi}`)).toEqual([{ port: 6402, host: '10.0.0.5' }]);
    expect(ports(`redis: redis+sentinel://one:5000,10.0.0.7:5001/main\n${noApi}`)).toEqual([
      { port: 5000, host: 'one' },
      { port: 5001, host: '10.0.0.7' },
    ]);
  });

  it('are that of the API, and the other one that it had to take', () => {
    expect(ports('api: {address: "127.0.0.1:7000"}')).toEqual([{ port: 7000 }]);
    mkdirSync(boxPaths(home).apiDir);
    writeFileSync(boxPaths(home).apiAddress, '{"port":7003}');
    expect(ports('api: {address: "127.0.0.1:7000"}')).toEqual([{ port: 7000 }, { port: 7003 }]);
  });
});
