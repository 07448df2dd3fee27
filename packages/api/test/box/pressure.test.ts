import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pressureNow } from '../../src/box/pressure.js';

const folder = mkdtempSync(join(tmpdir(), 'pinky-pressure-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is what the kernel says of the last ten seconds, and nothing where it says nothing', async () => {
  expect(await pressureNow(folder)).toEqual({});
  writeFileSync(join(folder, 'cpu'), 'some avg10=12.34 avg60=1.00 avg300=0.00 total=7\n');
  writeFileSync(join(folder, 'io'), 'full avg10=9.00 avg60=0.00 total=7\nsome avg10=0.50 avg60=1 total=7\n');
  writeFileSync(join(folder, 'memory'), 'nothing that can be read');
  expect(await pressureNow(folder)).toEqual({ cpu: 12.34, io: 0.5 });
});
