import { asPinkyError, boxPaths, type BoxConfig } from '@pinky/protocol';
import { checkFunpack } from '@pinky/funpack-runner';
import { findFunpack, readFunpack } from '@pinky/funpack-runner/light';
import { join } from 'node:path';
import { folderHint } from '../commands/servers/start-flags.js';
import type { Finding } from './finding.js';

/** Every mistake of a funpack: in its manifest, in its programs, and in what it requires of the machine. */
export async function checkFunpackFolder(source: string, config: BoxConfig, cwd: string): Promise<Finding[]> {
  try {
    const dir = folderOf(source, config);
    const findings = (await checkFunpack(dir)).map(({ severity, file, problem }): Finding => {
      const [found = problem, fix] = problem.split('; ');
      return {
        name: file,
        level: severity === 'error' ? 'bad' : 'odd',
        found,
        fix: fix ?? `correct it in ${join(dir, file)}`,
      };
    });
    return findings.some((finding) => finding.level === 'bad') ? findings : [describe(dir), ...findings];
  } catch (error) {
    return [
      {
        name: 'funpack',
        level: 'bad',
        found: `${asPinkyError(error).message}${folderHint(source, cwd)}`,
        fix: 'name a folder with a funpack.json, or a funpack in one of the `funpacks` folders',
      },
    ];
  }
}

function describe(dir: string): Finding {
  const { manifest, has } = readFunpack(dir);
  return {
    name: 'funpack',
    level: 'ok',
    found: `${manifest.name} ${manifest.version} in ${dir}, ${has.run ? 'program form' : 'declarative form'}`,
  };
}

/** The folder itself, or the folder of the funpack with that name. */
export function folderOf(source: string, config: BoxConfig): string {
  if (source.startsWith('/')) return source;
  const found = findFunpack(
    { url: source },
    { cacheDir: boxPaths(config.home).cacheDir, funpackPaths: config.funpacks, allowedHosts: config.allowedHosts },
  );
  return found?.dir ?? source;
}
