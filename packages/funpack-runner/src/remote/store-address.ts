import { pathToFileURL } from 'node:url';

/** The address of a store as notes name it (`copies`), whichever way it was written. It ends with a slash. */
export function storeAddress(address: string): string {
  const url = address.startsWith('/') ? pathToFileURL(address).href : address;
  return `${(URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, '')}/`;
}

/** The path of a server's backups in a store, as below `$BACKUPS`. */
export const remoteFolder = (serverId: string): string => `worlds/${serverId}`;
