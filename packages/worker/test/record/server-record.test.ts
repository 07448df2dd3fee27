import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readServerRecord, writeServerRecord, type ServerRecord } from '../../src/record/server-record.js';
import { tempDir } from '../temp.js';

const record = (port: number): ServerRecord => ({
  format: 1,
  wanted: 'up',
  port,
  hasWorld: false,
  isPrepared: false,
  restarts: 0,
  start: {
    serverId: 'one',
    funpack: { url: '/x' },
    ram: { min: 64, max: 64 },
    settings: { text: 'ü' },
  },
});

describe('server.json', () => {
  const dir = tempDir();
  const path = () => join(dir(), 'server.json');

  it('opens to the last good state if it was cut at any byte', () => {
    writeServerRecord(path(), record(1));
    writeServerRecord(path(), record(2));
    const whole = readFileSync(path());
    for (let cut = 0; cut < whole.length - 1; cut++) {
      writeFileSync(path(), whole.subarray(0, cut));
      expect(readServerRecord(path())).toEqual(record(1));
    }
    writeFileSync(path(), whole);
    expect(readServerRecord(path())).toEqual(record(2));
  });

  it('does not let a damaged state take the place of the last good one', () => {
    writeServerRecord(path(), record(1));
    writeServerRecord(path(), record(2));
    writeFileSync(path(), '{"format"');
    writeServerRecord(path(), record(3));
    writeFileSync(path(), '');
    expect(readServerRecord(path())).toEqual(record(1));
  });

  it('tells a state that is damaged from one that was never written', () => {
    expect(readServerRecord(path())).toBeUndefined();
    writeFileSync(path(), '{"format":2}');
    expect(readServerRecord(path())).toBe('damaged');
    rmSync(path());
    expect(readServerRecord(path())).toBeUndefined();
  });

  it('opens to the last good state if a death came between two steps of a change', () => {
    writeServerRecord(path(), record(1));
    rmSync(`${path()}.previous`, { force: true });
    writeFileSync(`${path()}.previous`, readFileSync(path()));
    rmSync(path());
    expect(readServerRecord(path())).toEqual(record(1));
  });
});
