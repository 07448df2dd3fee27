import { asPinkyError, boxPaths, type BoxConfig } from '@pinky/protocol';
import { findFunpack, missingPrograms, readFunpack } from '@pinky/funpack-runner/light';
import type { Finding } from './finding.js';

/** What is wrong with a funpack in a folder, and which of the programs that it requires are missing. */
export async function checkFunpackFolder(source: string, config: BoxConfig): Promise<Finding[]> {
  try {
    const dir = await folderOf(source, config);
    const { manifest, has } = await readFunpack(dir);
    const form = has.run ? 'program form' : 'declarative form';
    const missing = missingPrograms(manifest).map((one): Finding => ({
      name: one.program, level: 'bad', found: `not found; ${manifest.name} requires it`,
      fix: one.package === undefined ? `install ${one.program}` : `apt-get install ${one.package}`,
    }));
    return [{ name: 'funpack', level: 'ok', found: `${manifest.name} ${manifest.version} in ${dir}, ${form}` }, ...missing];
  } catch (error) {
    const { message, details } = asPinkyError(error);
    const faults = Array.isArray(details?.['faults']) ? details['faults'].map(String) : [message];
    return faults.map((found) => ({ name: 'funpack', level: 'bad', found, fix: `correct it in ${source}` }));
  }
}

/** A folder as it is, or a name that is looked up where funpacks are. */
async function folderOf(source: string, config: BoxConfig): Promise<string> {
  if (source.startsWith('/')) return source;
  const found = await findFunpack({ url: source }, { cacheDir: boxPaths(config.home).cacheDir, funpackPaths: config.funpacks, allowedHosts: config.allowedHosts });
  return found?.dir ?? source;
}
