import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('writes-lines', dir.path);
afterAll(dir.remove);

async function writeAtOnce({
  path,
  writers,
  lines,
  lineBytes,
  sizeBytes,
}: {
  path: string;
  writers: number;
  lines: number;
  lineBytes: number;
  sizeBytes: number;
}): Promise<void> {
  const args = [lines, lineBytes, sizeBytes, 500, 50].map(String);
  const children = Array.from({ length: writers }, (_, index) =>
    spawn(process.execPath, [program, path, `w${index}`, ...args], { stdio: 'inherit' }));
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
  expect(codes).toEqual(children.map(() => 0));
}

describe('a log that several processes write and rotate', () => {
  it.each([
    { writers: 4, lines: 5000, lineBytes: 120, sizeBytes: 60_000 },
    { writers: 2, lines: 1000, lineBytes: 100, sizeBytes: 4000 },
  ])(
    'has every line of $writers writers once and whole, over many rotations of $sizeBytes bytes',
    async ({ writers, lines, lineBytes, sizeBytes }) => {
      const path = join(dir.path, `log-${writers}`);
      await writeAtOnce({ path, writers, lines, lineBytes, sizeBytes });
      const files = readdirSync(dir.path).filter((name) => name.startsWith(`log-${writers}`));
      const found = files.flatMap((name) => readFileSync(join(dir.path, name), 'utf8').split('\n').slice(0, -1));
      expect(found.filter((line) => line.length !== lineBytes - 1 || !/^w\d:\d+:\.+$/.test(line))).toEqual([]);
      expect(found).toHaveLength(writers * lines);
      expect(new Set(found).size).toBe(writers * lines);
      expect(files.length).toBeGreaterThan((writers * lines * lineBytes) / sizeBytes / 3);
    },
  );
});
