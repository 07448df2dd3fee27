/** An address as people may see it: without user, password and query, which may be secrets, and not too long. */
export function publicAddress(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').replace(/[?#].*$/s, '').slice(0, 300);
}
