import type { BoxConfig } from '@pinky/protocol';

type Configured = Pick<BoxConfig, 'isolation'>;

/** How to have another isolation, for people. */
export const howToChoose =
  'write `isolation: none`, `user` or `strict` into pinky.yml, then `pinky reload`; a server has it from its next ' +
  'start on. `pinky isolate --dry-run` tries it before';

/** Notes about games that are kept apart less than they might be, where nobody has chosen that. */
export function isolationNotes({ isolation }: Configured, uid = process.getuid?.()): string[] {
  const { kind = 'none', chosenBy, because } = isolation ?? {};
  if (chosenBy === 'home' && because !== undefined) {
    return [kind === 'none'
      ? `games are not isolated: each can read and change what this box can (${because})`
      : `games have users of their own, and no view of their own (${because})`];
  }
  if (kind !== 'none' || chosenBy !== undefined || uid !== 0) return [];
  return [
    'games run as root, as in every version before this home could say otherwise; to keep them apart, ' +
      `${howToChoose} (docs/security.md)`,
  ];
}

/** The isolation of a box, and who has chosen it. */
export function isolationText({ isolation }: Configured): string {
  const { kind = 'none', chosenBy } = isolation ?? {};
  const by = chosenBy === 'operator'
    ? 'as pinky.yml says'
    : chosenBy === 'home' ? 'the strictest that worked here when this home was made' : 'as in every older home';
  return `games start under \`isolation: ${kind}\`, ${by}`;
}
