const archiveEnding = /\.(tar(\.(gz|lzo|zst))?|tgz)$/;
/** An archive may be named for its version. Then the folder around it names the game. */
const version = /^v?\d[\d.]*$/;

/**
 * The name for a funpack that has not been read yet, from its address: `https://…/funpacks/dummy/1.tar.lzo` is `dummy`.
 */
export function funpackNameOf(url: string): string {
  const parts = url
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/\p{Cc}/gu, '')
    .split('/')
    .filter((part) => part !== '');
  const names = parts.map((part) => part.replace(archiveEnding, ''));
  return (names.findLast((name) => !version.test(name)) ?? names.at(-1) ?? '').slice(0, 40);
}
