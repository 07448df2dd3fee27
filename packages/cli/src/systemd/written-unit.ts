import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gamesSlice } from '@pinky/jail';
import { unitPrograms } from './unit-programs.js';
import { checksumLine, unitFile, unitMark, type UnitParts } from './unit-file.js';
import { unquoted, wordsOf } from './unit-syntax.js';

/** A unit that `pinky install` wrote for a box. */
export interface WrittenUnit {
  readonly path: string;
  readonly text: string;
  readonly parts: UnitParts;
  /** Whether the file was edited by hand. */
  readonly isChanged: boolean;
}

/** Every unit for this home in a folder that `pinky install` wrote. Other units, and other homes, are left out. */
export function writtenUnits(dir: string, home: string): readonly WrittenUnit[] {
  return namesOf(dir).flatMap((name) => {
    const path = join(dir, name);
    const text = textOf(path);
    const parts = partsOf(basename(name, '.service'), text);
    return parts?.home === home ? [{
      path,
      text,
      parts,
      isChanged: isChanged(text, parts),
    }] : [];
  });
}

/** The same unit with the programs of this copy of Pinky. It keeps its Node, unless that was removed. */
export const renewedText = ({ parts }: WrittenUnit): string =>
  unitFile({ ...parts, ...unitPrograms(), node: existsSync(parts.node) ? parts.node : process.execPath });

/** Reads the parts back from the text of a unit. Undefined unless `unitFile` made it. */
function partsOf(unit: string, text: string): UnitParts | undefined {
  if (!text.startsWith(unitMark)) return undefined;
  const [node, supervisor, home] = wordsOf(settingOf(text, 'ExecStart') ?? '');
  const [, pinky, ...flags] = wordsOf(settingOf(text, 'ExecStartPre') ?? '');
  const variable = unquoted(settingOf(text, 'Environment') ?? '');
  const environmentFile = settingOf(text, 'EnvironmentFile')?.replace(/^-/, '');
  if (!node || !supervisor || !home || !pinky || environmentFile === undefined) return undefined;
  if (variable !== `PINKY_HOME=${home}` || !/\/dist\/(box|program)\/main\.js$/.test(supervisor)) return undefined;
  const configFile = flags[0] === 'up' && flags[2] === '--config' ? flags[3] : undefined;
  return {
    unit,
    node,
    pinky,
    supervisor,
    home,
    configFile,
    environmentFile,
    user: settingOf(text, 'User'),
  };
}

/** Units that were written before they had a checksum are compared, setting by setting, with what we would write. */
function isChanged(text: string, parts: UnitParts): boolean {
  const [, second = '', ...rest] = text.split('\n');
  if (second.startsWith('# Checksum')) return second !== checksumLine(rest.join('\n'));
  return settingsOf(text).join('\n') !== earlierSettings(parts).join('\n');
}

/** Settings of a unit, and what stood in their place when units had no checksum. Undefined: nothing did. */
const since: Readonly<Record<string, string | undefined>> = {
  [`Wants=${gamesSlice}`]: undefined,
  [`After=${gamesSlice}`]: undefined,
  'StateDirectoryMode=0711': 'StateDirectoryMode=0700',
};

const earlierSettings = (parts: UnitParts): readonly string[] =>
  settingsOf(unitFile(parts)).flatMap((line) => (line in since ? (since[line] ?? []) : [line]));

const settingsOf = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const settingOf = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];

function namesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.service')).sort();
  } catch {
    return []; // it does not exist
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a link to nothing, or closed to us
  }
}
