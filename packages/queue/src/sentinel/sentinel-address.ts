import { badAddress, databaseOf, decoded } from '../redis/address-text.js';

export interface SentinelHost {
  readonly host: string;
  readonly port: number;
}

/** A Redis whose master several Sentinels know by its name, as `pinky.yml` has it. */
export interface SentinelSetup {
  readonly sentinels: readonly (string | { readonly host: string; readonly port?: number | undefined })[];
  readonly name: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly db?: number | undefined;
  readonly sentinel_username?: string | undefined;
  readonly sentinel_password?: string | undefined;
  /** Redis and Sentinels are reached by TLS. */
  readonly tls?: boolean | undefined;
}

const defaultPort = 26_379;
const pattern = /^redis(s?)\+sentinel:\/\/(?:([^@]*)@)?([^@/?#]+)\/([^@/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/;

export const isSentinelAddress = (address: string): boolean => /^rediss?\+sentinel:/.test(address);

/**
 * The one-line form of a setup: `redis+sentinel://[user:password@]host:port,host:port/name[/db][?…]`. Configuration,
 * environment and command line all carry an address as one text.
 */
export function sentinelAddress(setup: SentinelSetup): string {
  const encoded = (text: string | undefined): string => encodeURIComponent(text ?? '');
  const { username, password, db, sentinel_username: sentinelUser, sentinel_password: sentinelPassword } = setup;
  const hosts = setup.sentinels.map((each) => {
    if (typeof each === 'string') return each;
    return `${each.host.includes(':') ? `[${each.host}]` : each.host}:${each.port ?? defaultPort}`;
  });
  const user = username === undefined && password === undefined ? '' : `${encoded(username)}:${encoded(password)}@`;
  const query = [
    ...(sentinelUser === undefined ? [] : [`sentinel_username=${encoded(sentinelUser)}`]),
    ...(sentinelPassword === undefined ? [] : [`sentinel_password=${encoded(sentinelPassword)}`]),
  ];
  return (
    `redis${setup.tls ? 's' : ''}+sentinel://${user}${hosts.join(',')}/${encoded(setup.name)}` +
    `${db === undefined ? '' : `/${db}`}${query.length === 0 ? '' : `?${query.join('&')}`}`
  );
}

/** The same in the spelling of ioredis. Throws `bad_option`. */
export function parseSentinelAddress(address: string) {
  const found = pattern.exec(address);
  if (!found) throw badAddress('it is not an address of Sentinels (redis+sentinel://host:port,host:port/name)');
  const [, secure, user = '', hosts = '', name = '', db = '', query = ''] = found;
  const [username = '', password = ''] = user.split(/:(.*)/s, 2).map(decoded);
  const more = new URLSearchParams(query);
  const [sentinelUsername, sentinelPassword] = [more.get('sentinel_username'), more.get('sentinel_password')];
  const database = databaseOf(db);
  return {
    sentinels: eachOnce(hosts.split(',').map(hostOf)),
    name: decoded(name),
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(database !== undefined && { db: database }),
    ...(sentinelUsername !== null && { sentinelUsername }),
    ...(sentinelPassword !== null && { sentinelPassword }),
    ...(secure === 's' && { tls: {}, enableTLSForSentinelMode: true }),
  };
}

/** A Sentinel that is listed twice would look like two. */
function eachOnce(hosts: readonly SentinelHost[]): SentinelHost[] {
  const names = hosts.map(({ host, port }) => `${host.toLowerCase()}:${port}`);
  if (new Set(names).size < names.length) throw badAddress('one of its Sentinels is listed twice');
  return [...hosts];
}

function hostOf(text: string): SentinelHost {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  if (host === undefined || Number(port ?? defaultPort) > 65_535) {
    throw badAddress('one of its Sentinels is not a host:port');
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port ?? defaultPort) };
}
