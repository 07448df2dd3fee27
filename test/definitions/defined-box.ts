import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { readDefinition, type Definition } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { RealBox } from '../box/real-box';

/** A game that keeps a world, is ready at once, tells the settings that it got, and stops when it is told to. */
const game = `echo lived >>world
echo '{"event":"started"}'
echo "settings $(tr -d '\\n ' <"$DATAFILE")"
while read -r line; do echo "heard $line"; [ "$line" = stop ] && exit 0; done`;

/** A box of real processes with funpacks of its own. */
export class DefinedBox extends RealBox {
  /** `backup` are options of it. Nothing is backed up at a moment that the test has not chosen. */
  constructor(firstPort: number, count = 20, ...backup: readonly string[]) {
    const options = ['interval: 24h', ...backup].join(', ');
    super(`ports: {first: ${firstPort}, step: 1, count: ${count}}\nbackup: {${options}}\n`);
  }

  pack(name: string, more: object = {}, run = game): string {
    const dir = this.file('packs', name);
    mkdirSync(`${dir}/bin`, { recursive: true });
    const manifest = {
      name,
      version: '1',
      listens: false,
      persistent: true,
      schema: { motd: { type: 'string' } },
      ...more,
    };
    writeFileSync(`${dir}/funpack.json`, JSON.stringify(manifest));
    writeFileSync(`${dir}/bin/run`, `#!/bin/sh\n${run}\n`);
    chmodSync(`${dir}/bin/run`, 0o755);
    return dir;
  }

  async up(...flags: readonly string[]): Promise<void> {
    expect(await this.pinky(['up', '--daemonize', ...flags])).toMatchObject({ code: 0 });
  }

  definition(serverId: string): Definition | undefined {
    const definition = readDefinition(this.home, serverId);
    if (definition === 'damaged') throw new Error(`the definition of ${serverId} is damaged`);
    return definition;
  }

  /** The state of every server that has a worker or a folder. */
  async states(): Promise<Record<string, string>> {
    const { servers } = (await this.pinky(['ps'])).answer as { servers: { serverId: string; state: string }[] };
    return Object.fromEntries(servers.map(({ serverId, state }) => [serverId, state]));
  }

  async untilStates(expected: Readonly<Record<string, string>>): Promise<void> {
    await until(`the servers are ${JSON.stringify(expected)}`, async () => {
      const states = await this.states();
      return JSON.stringify(states) === JSON.stringify(expected);
    });
  }

  /** `systemctl stop`: TERM to the supervisor, until every process has ended. */
  async term(): Promise<void> {
    process.kill(Number(this.text('supervisor.pid')), 'SIGTERM');
    await until('every process has ended', () => this.processes().length === 0);
  }
}
