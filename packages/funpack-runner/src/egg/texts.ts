/** The folder that an egg takes for its own. Here that is `working/`. */
export const container = '/home/container';

/** Variables that a panel gives to every game, as placeholders. */
export const panelVariables: Readonly<Record<string, string>> = {
  SERVER_PORT: '{port}',
  SERVER_IP: '0.0.0.0',
  SERVER_MEMORY: '{ram.max}',
  P_SERVER_UUID: '{serverId}',
  HOME: '{workingDir}',
};

/** A text of an egg with our placeholders, and what became of its own. */
export interface Translated {
  readonly text: string;
  /** Names that mean nothing here. */
  readonly unknown: readonly string[];
  /** The text held the address of Docker's network, which is the machine's own here. */
  readonly hadDocker: boolean;
}

/** Finds the placeholder for a variable. Undefined if there is no such variable. */
export type Variables = (name: string) => string | undefined;

/** Replaces `{{server.build.env.NAME}}` and its like. */
export function translate(text: string, variables: Variables): Translated {
  const unknown: string[] = [];
  let hadDocker = false;
  const replaced = text.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_whole, name: string) => {
    if (/^config\.docker\.(network\.)?interface$/.test(name)) hadDocker = true;
    const known = placeholderFor(name, variables);
    if (known === undefined) unknown.push(name);
    return known ?? '';
  });
  return { text: replaced.replaceAll(container, '{workingDir}'), unknown, hadDocker };
}

const fixed: readonly (readonly [RegExp, string])[] = [
  [/^server\.(build|allocations)\.default\.port$|^server\.build\.port$/, '{port}'],
  [/^server\.(build|allocations)\.default\.ip$|^server\.build\.ip$/, '0.0.0.0'],
  [/^server\.build\.memory(_limit)?$|^server\.limits\.memory$/, '{ram.max}'],
  [/^server\.uuid(_?short)?$/i, '{serverId}'],
  [/^config\.docker\.(network\.)?interface$/, '127.0.0.1'],
];

function placeholderFor(name: string, variables: Variables): string | undefined {
  const [, variable] = /^(?:server\.build\.env|server\.environment|server\.env|env)\.(.+)$/.exec(name) ?? [];
  if (variable !== undefined) return variables(variable);
  return fixed.find(([pattern]) => pattern.test(name))?.[1] ?? (name.includes('.') ? undefined : variables(name));
}

/**
 * An expression that does not look at case, for engines that have no such mark inside it. Each letter becomes a class;
 * letters in classes and after a backslash are left to their place.
 */
export const caseless = (source: string): string =>
  source.replace(/\\.|\[(?:\\.|[^\]])*\]|[a-z]/gi, (part) => {
    if (part.length === 1) return `[${part.toLowerCase()}${part.toUpperCase()}]`;
    return part.startsWith('[') ? part.replace(/([a-z])-([a-z])|(?<!\\)[a-z]/gi, bothCases) : part;
  });

const bothCases = (part: string): string =>
  (part.toLowerCase() === part.toUpperCase() ? part : `${part.toLowerCase()}${part.toUpperCase()}`);
