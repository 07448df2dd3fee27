import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../game/game.c', import.meta.url));
/** The game's name in /proc. No other process of a run has that name. */
export const gameName = 'bench-game';

/** Compiles the game into `dir`. If there is no compiler, the error says what to install. */
export function compileGame(dir) {
  const program = join(dir, gameName);
  try {
    execFileSync('cc', ['-O2', '-o', program, source], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    if (error.code === 'ENOENT') {
      throw new Error('no C compiler (cc): `apt-get install gcc libc6-dev`; npm needs one for the module lzo as well', {
        cause: error,
      });
    }
    throw new Error(`the game could not be compiled: ${error.stderr}`, { cause: error });
  }
  return program;
}

/**
 * Writes funpacks that run the game, and answers their folders. `declared` names the program in funpack.json, so
 * that nothing of the funpack is between Pinky and the game. `scripted` has the usual bin/run: a shell script that
 * execs the game. `keeping` is as `declared`, with a world that is backed up.
 */
export function writeFunpacks(dir, { program, stamps }) {
  const commands = {
    say: 'say {message}',
    tell: 'tell {user} {message}',
    kick: 'kick {user}',
    list: 'list',
  };
  const write = (name, manifest) => {
    const folder = join(dir, name);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'funpack.json'), JSON.stringify({ name, version: '1', listens: false, ...manifest }));
    return folder;
  };
  const run = [program, '--stamps', stamps, '--id', '{serverId}'];
  const declared = write('declared', { run, commands });
  const keeping = write('keeping', { run, commands, persistent: true });
  const scripted = write('scripted', {});
  const script = join(scripted, 'bin', 'run');
  writeFileSync(script, `#!/bin/sh\nexec '${program}' --stamps '${stamps}' --id "$SERVER_ID"\n`);
  chmodSync(script, 0o755);
  return { declared, scripted, keeping };
}
