import { readFile } from 'node:fs/promises';

const kinds = ['cpu', 'memory', 'io'] as const;

/** The share of the last ten seconds in which something waited for it, in percent. */
export type Pressure = Partial<Record<(typeof kinds)[number], number>>;

/** The pressure stall information of the kernel (PSI); nothing where it keeps none. */
export async function pressureNow(folder = '/proc/pressure'): Promise<Pressure> {
  const found = await Promise.all(kinds.map(async (kind) => {
    const text = await readFile(`${folder}/${kind}`, 'utf8').catch(() => ''); // no PSI, or none of this kind
    const share = /^some avg10=([\d.]+)/m.exec(text)?.[1];
    return share === undefined ? {} : { [kind]: Number(share) };
  }));
  return Object.assign({}, ...found) as Pressure; // each has one of the kinds
}
