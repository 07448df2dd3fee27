import type { CommandSpec } from '../../command-line/specs.js';

/** Commands about the HTTP API. */
export const apiSpecs: readonly CommandSpec[] = [
  {
    name: 'api address',
    args: '',
    means: 'show where the HTTP API of the box listens',
    examples: ['pinky api address', 'curl "$(pinky api address)/healthz"'],
    load: async () => (await import('./api-address.js')).apiAddress,
  },
  {
    name: 'web',
    args: '',
    means: 'make a link that logs a browser in, once',
    more: 'The link can be used within five minutes. The session that it begins holds for twelve hours, and ' +
      '`pinky token list` shows it.',
    examples: ['pinky web'],
    load: async () => (await import('./web.js')).web,
  },
  {
    name: 'token create',
    args: '<name>',
    means: 'make a token for the HTTP API, and show it this once',
    more: 'It allows what its verbs say: read, console (lines to the game), control (start, stop, tell, kick), ' +
      'files, backups, define (servers and funpacks), and admin, which is all of them and the tokens.',
    flags: [
      { flag: '--allow <verbs>', means: 'what it allows; may be given several times', isRequired: true, isList: true },
      { flag: '--server <ids>', means: 'the servers that it has, with * for any characters; default *', isList: true },
      { flag: '--days <count>', means: 'how long it counts; default for ever' },
    ],
    examples: [
      'pinky token create grafana --allow read',
      "pinky token create bot --allow read,control --server 'lobby-*' --days 90",
    ],
    load: async () => (await import('./token.js')).createToken,
  },
  {
    name: 'token list',
    args: '',
    means: 'list the tokens of the HTTP API and the sessions of browsers',
    examples: ['pinky token list'],
    load: async () => (await import('./token.js')).listTokens,
  },
  {
    name: 'token revoke',
    args: '<id>',
    means: 'take a token or a session back; what is open with it is closed within a second',
    examples: ['pinky token revoke 3f9a1c0b7d22'],
    load: async () => (await import('./token.js')).revokeToken,
  },
  {
    name: 'audit',
    args: '',
    means: 'show who changed what through the HTTP API, and who was refused',
    flags: [{ flag: '-n, --lines <count>', means: 'how many; default 50' }],
    examples: ['pinky audit', 'pinky audit -n 1000 --json | jq .entries'],
    load: async () => (await import('./audit.js')).audit,
  },
];
