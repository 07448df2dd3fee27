import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { configKeys } from '../../src/config/keys';

const readme = readFileSync(resolve(__dirname, '../../README.md'), 'utf8');
const rows = readme
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('the README\'s table of options', () => {
  // The keys of ladders come in twos, and the README names the server's by the workers'.
  const keys = Object.keys(configKeys).filter((key) => !/^server.*Kill|Increment$/.test(key));

  it.each(keys)('names %s, and is right about whether a reload changes it', (key) => {
    const row = rows.find((cells) => cells[1]?.includes(`\`${key}\``) || cells[1]?.split(', ').includes(`\`${key}\``));
    expect(row).toBeDefined();
    expect(row?.[3] === '↻').toBe(configKeys[key]?.isReloadable);
  });
});
