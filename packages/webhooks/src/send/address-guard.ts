import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** An address that is not for the outside: nothing was sent to it. */
export class OwnNetworkError extends Error {
  constructor(host: string, address: string) {
    const led = host === address ? address : `${host} leads to ${address}, which`;
    super(`${led} is inside the own network; if it may be called, name it under \`webhooks.allowed_networks\``);
  }
}

/** Asks the resolver of the machine. Tests have one of their own. */
export type Resolve = (
  host: string,
  options: { readonly all: true },
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Keeps webhooks out of the own network: loopback, private and link-local addresses, those of this machine, and
 * everything else that no public host has. A name is resolved once, and the connection goes to what was looked at. So a
 * name that leads elsewhere the next time gains nothing.
 */
export class AddressGuard {
  constructor(private readonly allowed: () => readonly string[], private readonly resolve: Resolve = lookup) {}

  /** Throws for an address that is written as such: no name of it is resolved. */
  assertLiteral(hostname: string): void {
    const address = hostname.replace(/^\[|\]$/g, '');
    if (isIP(address) !== 0 && !this.#isFree(address)) throw new OwnNetworkError(address, address);
  }

  /** For `http.request`. One address that is refused refuses them all, because nobody knows which is taken. */
  readonly lookup: LookupFunction = (hostname, options: LookupOptions, answer) => {
    this.resolve(hostname, { all: true }, (error, addresses) => {
      if (error) return answer(error, []);
      const isNamed = this.allowed().includes(hostname);
      const refused = isNamed ? undefined : addresses.find(({ address }) => !this.#isFree(address));
      if (refused) return answer(new OwnNetworkError(hostname, refused.address), []);
      const [first] = addresses;
      if (!first) return answer(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), []);
      if (options.all === true) return answer(null, addresses);
      answer(null, first.address, first.family);
    });
  };

  #isFree(address: string): boolean {
    return isInside(this.allowed(), address) || (isPublic(address) && !isOwn(address));
  }
}

/** Whether a public host can have this address. An IPv4 address inside an IPv6 one is looked at as itself. */
const isPublic = (address: string): boolean => ipaddr.process(address).range() === 'unicast';

const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((ones) => ones?.some((one) => one.address === address));

/** Whether one of the addresses and networks has this address. */
function isInside(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', prefix] = network.split('/');
    const family = isIP(base);
    if (family === 0) continue; // the name of a host
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(base, kind);
    else list.addSubnet(base, Number(prefix), kind);
  }
  const plain = ipaddr.process(address);
  return list.check(plain.toString(), plain.kind());
}
