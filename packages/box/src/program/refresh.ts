import { toErrorAnswer } from '@pinky/protocol';
import { refreshConfig } from '../config/box-config.js';

/** The program that reads a box's configuration again: `node refresh.js <home>`. It prints a `Refreshed` as JSON. */
function main(home = ''): void {
  try {
    print({ config: refreshConfig({ home, env: process.env }) });
  } catch (error) {
    print({ error: toErrorAnswer(error) });
  }
}

const print = (refreshed: object): void => void process.stdout.write(JSON.stringify(refreshed));

main(process.argv[2]);
