import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A systemd-notify that records its arguments, one message a line. */
export class FakeNotify {
  readonly searchPath: string;
  readonly #said: string;

  constructor(dir: string, exitCode = 0) {
    this.#said = join(dir, 'said');
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'systemd-notify'),
      `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> '${this.#said}'\nexit ${exitCode}\n`,
    );
    chmodSync(join(bin, 'systemd-notify'), 0o755);
    this.searchPath = `${bin}:${process.env['PATH']}`;
  }

  said(): readonly string[] {
    return existsSync(this.#said) ? readFileSync(this.#said, 'utf8').split('\n').filter((line) => line !== '') : [];
  }
}
