import { accessSync, constants, lstatSync, mkdirSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { unitPrograms } from '../../systemd/unit-programs.js';

const usualDir = '/usr/local/bin';
/** The name beside another program that is called `pinky`, such as the one of coreutils. */
const otherName = 'pinkyctl';

/**
 * `pinky install --command`: makes a link to this command. It is called `pinky` where a shell finds that before any
 * other `pinky`, and `pinkyctl` elsewhere. Throws `bad_command` if something else has the place.
 */
export function installCommand(context: Context, flags: Flags): void {
  const { out, cwd, env } = context;
  const dir = resolve(cwd, textFlag(flags, 'to') ?? usualDir);
  const { pinky } = unitPrograms();
  const path = (env['PATH'] ?? '').split(delimiter).filter((one) => one !== '').map((one) => resolve(cwd, one));
  const isOther = (file: string): boolean => isProgram(file) && !isOurs(file, pinky);
  const first = path.find((one) => one !== dir && isOther(join(one, 'pinky')));
  const isFirst = first === undefined || (path.includes(dir) && path.indexOf(dir) < path.indexOf(first));
  const link = join(dir, isFirst ? 'pinky' : otherName);
  const isDryRun = isSet(flags, 'dryRun');
  if (!isDryRun) makeLink(link, pinky);
  const name = basename(link);
  const place = isFirst ? `It comes before ${first}/pinky.` : `${first}/pinky comes first in your PATH.`;
  out.answer({ link, name, program: pinky, ...(first !== undefined && { other: join(first, 'pinky') }) }, () => [
    `${isDryRun ? 'would link' : 'linked'} ${link} to ${pinky}`,
    `the command is called \`${name}\` here.${first === undefined ? '' : ` ${place}`}`,
    ...(path.includes(dir) ? [] : [`${dir} is not in your PATH: add it, or call ${link}`]),
    ...(isFirst && first !== undefined ? ['a shell that has called the other one forgets it by `hash -r`'] : []),
  ]);
}

function makeLink(link: string, program: string): void {
  try {
    mkdirSync(resolve(link, '..'), { recursive: true });
    const found = lstatSync(link, { throwIfNoEntry: false });
    if (found && !(found.isSymbolicLink() && readlinkSync(link).endsWith('/bin/pinky'))) {
      const why = 'is there, and is not a link to Pinky: remove it, or give another --to';
      throw new PinkyError('bad_command', `${link} ${why}`);
    }
    rmSync(link, { force: true });
    symlinkSync(program, link);
  } catch (cause) {
    if (cause instanceof PinkyError) throw cause;
    const isForRoot = ['EACCES', 'EPERM'].includes(errnoOf(cause) ?? '');
    const why = isForRoot ? 'run it as root, or give a folder of your own by --to' : String(cause);
    throw new PinkyError('bad_command', `${link} cannot be made; ${why}`, { cause });
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // nothing is there, or it cannot be run
  }
}

const isOurs = (path: string, program: string): boolean => {
  try {
    return realpathSync(path) === realpathSync(program);
  } catch {
    return false; // it leads nowhere
  }
};
