import { importEgg, type ImportedEgg } from '../../src/egg/import-egg.js';
import { readEgg } from '../../src/egg/read-egg.js';
import { madeEgg } from '../support/made-eggs.js';

const imported = (more: Readonly<Record<string, unknown>> = {}): ImportedEgg => importEgg(readEgg(madeEgg(more)));
const saysOf = ({ notes }: ImportedEgg, field: string): string[] =>
  notes.filter((note) => note.field === field).map(({ fate, says }) => `${fate}: ${says}`);

describe('importEgg, of an install script', () => {
  const scripted = (script: string, container = 'example.org/installers:debian', entrypoint = 'bash'): ImportedEgg =>
    imported({ scripts: { installation: { script, container, entrypoint } } });

  it('carries it, with the programs that its container would bring', () => {
    const egg = scripted('# apk add is for others\ncd /mnt/server\nX=$(curl -s x | jq .a)\ntar xf a.tar.xz');
    expect(egg.manifest.install).toEqual({
      script: 'egg/install.sh',
      shell: 'bash',
      requires: [
        { program: 'curl', package: 'curl' },
        { program: 'jq', package: 'jq' },
        { program: 'xz', package: 'xz-utils' },
        { program: 'update-ca-certificates', package: 'ca-certificates' },
      ],
    });
    expect(saysOf(egg, 'scripts.installation')).toEqual([expect.stringMatching(/^carried: runs once/)]);
    expect(egg.isWhole).toBe(true);
  });

  it('runs a script for ash by bash, and one for SteamCMD with the loader of its kind', () => {
    const egg = scripted('./steamcmd.sh +quit', 'alpine:latest', 'ash');
    expect(egg.manifest.install).toEqual({
      script: 'egg/install.sh',
      shell: 'bash',
      requires: [{ program: '/lib/ld-linux.so.2', package: 'lib32gcc-s1' }],
    });
    const says = expect.stringMatching(/^changed: .* instead of ash in alpine/);
    expect(saysOf(egg, 'scripts.installation')).toEqual([says]);
  });

  it.each([['apk add --no-cache xz', 'apk'], ['if true; then dnf install x; fi', 'dnf'], ['docker run x', 'docker']])(
    'names the program for which %s cannot run here',
    (script, program) => {
      const egg = scripted(script, 'alpine:latest', 'ash');
      expect(egg.manifest.install).toBeUndefined();
      expect(egg.isWhole).toBe(false);
      expect(saysOf(egg, 'scripts.installation')).toEqual([expect.stringMatching(`^missing: calls ${program}, `)]);
    },
  );

  it('leaves it out where there is none, and where somebody names a program instead', () => {
    expect(scripted(' ').manifest.install).toBeUndefined();
    const { manifest, notes } = importEgg(readEgg(madeEgg()), { programs: { pond: '/usr/games/pond' } });
    expect(manifest.install).toBeUndefined();
    expect(notes).toContainEqual(expect.objectContaining({ field: 'scripts.installation', fate: 'changed' }));
  });
});
