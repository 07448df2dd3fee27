import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunpackManifest } from '@pinky/protocol';
import { checkFunpack } from '../../src/funpack/check-funpack.js';
import { readFunpack } from '../../src/funpack/read-funpack.js';
import { writeInputs } from '../../src/launch/inputs.js';
import { launchSpec } from '../../src/launch/launch-spec.js';
import { importEgg } from '../../src/egg/import-egg.js';
import { readEgg } from '../../src/egg/read-egg.js';
import { eggVariable, madeEgg } from '../support/made-eggs.js';
import { tempDirs, writeFiles } from '../support/temp.js';

const tempDir = tempDirs();

async function packOf(manifest: Partial<FunpackManifest>): Promise<string> {
  const dir = join(await tempDir(), 'pack');
  return writeFiles(dir, { 'funpack.json': JSON.stringify({ name: 'g', version: '1', ...manifest }) });
}

const started = [{ pattern: '^up$', event: 'started' }];

describe('the ports that a funpack names', () => {
  it('stand in the command line, the files, the environment and the datafile', async () => {
    const dir = await packOf({
      ports: { query: { protocol: 'udp', offset: 1 }, 'rcon-web': {} },
      run: ['sh', '-c', 'true', '{port}', '{ports.query}', '{ports.rcon-web}', '{ports.other}'],
      files: [{ path: 'g.cfg', content: 'query={ports.query}\n' }],
      console: started,
    });
    const workingDir = join(dir, '..', 'working');
    await mkdir(workingDir);
    const context = {
      serverId: 'one',
      port: 4_000,
      ports: { query: 4_001, 'rcon-web': 4_002 },
      ram: { min: 1, max: 1 },
      settings: {},
      workingDir,
      sharedDir: '/shared',
      datafile: join(dir, '..', 'datafile.json'),
      home: workingDir,
    };
    const funpack = readFunpack(dir);
    const { command, env } = launchSpec(funpack, context);
    expect(command.slice(3)).toEqual(['4000', '4001', '4002', '{ports.other}']);
    expect(env).toMatchObject({ PORT: '4000', PORT_QUERY: '4001', PORT_RCON_WEB: '4002' });
    writeInputs(funpack, context);
    expect(readFileSync(join(workingDir, 'g.cfg'), 'utf8')).toBe('query=4001\n');
    expect(JSON.parse(readFileSync(context.datafile, 'utf8'))).toMatchObject({ port: 4_000, ports: context.ports });
  });

  it('are checked: their names, their fields, and every place that names one', async () => {
    const wrong = await packOf({
      ports: { '1st': {}, query: { protocol: 'sctp', offset: 1.5 } } as never,
      run: ['sh'],
      console: started,
    });
    expect((await checkFunpack(wrong)).map(({ problem }) => problem)).toEqual([
      'ports.query.protocol: must be one of tcp, udp; it is "sctp"',
      'ports.query.offset: must be a whole number, how far above the port it is',
      'ports.1st: is not a name of letters and digits',
    ]);
    const stray = await packOf({
      ports: { query: {} },
      run: ['sh', '{ports.query}', '{ports.rcon}'],
      files: [{ path: 'a.cfg', content: '{ports.query} {ports.tv}' }],
      console: started,
    });
    expect((await checkFunpack(stray)).map(({ problem }) => problem)).toEqual([
      'files a.cfg: {ports.tv} is not in ports',
      'run: {ports.rcon} means nothing',
    ]);
  });

  it('are those of an egg, except ports of other machines', () => {
    const variables = [
      eggVariable('QUERY_PORT', '27015', 'required|integer'),
      eggVariable('DB_PORT', '3306', 'required|integer'),
    ];
    const startup = './pond -q {{QUERY_PORT}} -d {{DB_PORT}}';
    const { manifest, notes } = importEgg(readEgg(madeEgg({ startup, variables })));
    expect(manifest.ports).toEqual({ query: {} });
    expect(Object.keys(manifest.schema ?? {})).toEqual(['DB_PORT']);
    expect(manifest.env).toMatchObject({ QUERY_PORT: '{ports.query}', DB_PORT: '{settings.DB_PORT}' });
    expect(JSON.stringify(manifest.run)).toContain('"-q","{ports.query}"');
    expect(notes).toContainEqual({
      field: 'variables.QUERY_PORT',
      fate: 'changed',
      says: 'Pinky gives this port: {ports.query}',
    });
  });
});
