import type { SettingSchema } from '@pinky/protocol';
import { readSetting } from '../funpack/settings.js';
import { carried, changed, missing, type EggNote, type EggVariable } from './egg.js';
import { ruledSetting } from './rules.js';
import { panelVariables } from './texts.js';

/** One setting, and what a command line has to know of it. */
export interface EggSetting {
  readonly schema: SettingSchema;
  /** The name of a port that takes the place of the setting. */
  readonly portName?: string;
  readonly isOneWord: boolean;
  readonly mayBeEmpty: boolean;
}

export interface EggSettings {
  readonly settings: ReadonlyMap<string, EggSetting>;
  readonly notes: readonly EggNote[];
}

/** The settings for an egg's variables. */
export function settingsOfEgg(variables: readonly EggVariable[]): EggSettings {
  const settings = new Map<string, EggSetting>();
  const notes: EggNote[] = [];
  for (const variable of variables) {
    const name = variable.variable;
    const field = `variables.${name}`;
    if (!/^[A-Za-z_]\w*$/.test(name)) notes.push(missing(field, 'is not a name of an environment variable'));
    else if (Object.hasOwn(panelVariables, name)) notes.push(changed(field, 'Pinky gives it; the setting is left out'));
    else if (isPort(variable)) notes.push(takePort(settings, variable, field));
    else notes.push(...take(settings, variable, field));
  }
  return { settings, notes };
}

/** A port of the server itself. Those of a database, say, are of another machine. */
const isPort = ({ variable, value }: EggVariable): boolean =>
  /^[A-Za-z]\w*_PORT$/.test(variable) &&
  !/^(DB|DATABASE|MYSQL|MARIADB|SQL|POSTGRES|REDIS|MONGO|SMTP|PROXY|REMOTE)/i.test(variable) &&
  /^\d*$/.test(value);

/** A panel's host chooses these ports by hand. */
function takePort(settings: Map<string, EggSetting>, { variable }: EggVariable, field: string): EggNote {
  const portName = variable.toLowerCase().replace(/_port$/, '').replaceAll('_', '-');
  const schema: SettingSchema = { type: 'integer' };
  settings.set(variable, { schema, portName, isOneWord: true, mayBeEmpty: false });
  return changed(field, `Pinky gives this port: {ports.${portName}}`);
}

/** The placeholder of a variable. */
export const placeholderOf = (name: string, { portName }: EggSetting): string =>
  (portName === undefined ? `{settings.${name}}` : `{ports.${portName}}`);

function take(settings: Map<string, EggSetting>, variable: EggVariable, field: string): readonly EggNote[] {
  const { schema, unknown, isOneWord } = ruledSetting(variable.rules, variable.value);
  const { full, notes } = complete(schema, variable, field);
  const isFixed = full.readonly === true && full.default !== undefined && full.default !== '';
  settings.set(variable.variable, {
    schema: full,
    isOneWord: isOneWord || (isFixed && /^[\w.,:@%+=/-]*$/.test(variable.value)),
    mayBeEmpty: full.required !== true && !isFixed,
  });
  return [
    ...(notes.length === 0 ? [carried(field, `${full.type}, from ${variable.rules.join('|') || 'no rules'}`)] : notes),
    ...unknown.map((rule) => missing(field, `the rule ${rule} has no counterpart`)),
  ];
}

const secretName = /(PASS(WORD|WORT|WD|PHRASE)?|TOKEN|SECRET|GSLT|API_?KEY|_KEY|_PW|CREDENTIALS?)$/i;

function complete(
  schema: SettingSchema,
  { name, description, variable, value, isEditable }: EggVariable,
  field: string,
): { full: SettingSchema; notes: EggNote[] } {
  const notes: EggNote[] = [];
  const isSecret = secretName.test(variable) && !/BYPASS$/i.test(variable);
  const isOpen = schema.required === true && value === '';
  if (!isEditable && isOpen) {
    notes.push(changed(field, 'only the host may set it; it has no default: a start gives it'));
  }
  const text = value.replace(/[\r\n]+/g, ' ').replace(/[\u0000-\u001f\u007f]/g, '');
  if (text !== value) notes.push(missing(field, 'its default has several lines; a setting has one'));
  const reading = text === '' ? undefined : readSetting(text, schema);
  const isBad = reading !== undefined && 'fault' in reading;
  if (isBad) notes.push(changed(field, `its default breaks its own rules (${reading.fault}), so it is left out`));
  const usual = reading !== undefined && 'value' in reading ? { default: reading.value } : emptyDefault(schema);
  const full: SettingSchema = {
    ...schema,
    ...usual,
    ...(!isEditable && !isOpen && !isBad && { readonly: true }),
    ...(isSecret && { secret: true }),
    label: name,
    ...(description.trim() !== '' && { description: description.replace(/\s+/g, ' ').trim() }),
  };
  return { full, notes };
}

/** An empty text is a value of its own; a number or a choice has then none. */
const emptyDefault = ({ type, required }: SettingSchema): Pick<SettingSchema, 'default'> =>
  (type === 'string' && required !== true ? { default: '' } : {});
