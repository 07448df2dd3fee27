import { applyEdits, modify, parse, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { newValue, type Change } from './change.js';
import { stepsOf, valueAt, waysOf } from './key-path.js';

const lenient = { allowTrailingComma: true, allowEmptyContent: true };

/** Changes a JSON file. Comments, order and white space stay. */
export function patchJson(text: string, changes: readonly Change[]): string {
  return changes.reduce((changed, { key, to }) => {
    const data = read(changed);
    return waysOf(data, stepsOf(key)).reduce((now, way) => {
      const value = newValue(to, valueAt(data, way));
      if (value === undefined) return now;
      return applyEdits(now, modify(now, [...way], value, { formattingOptions: look(text) }));
    }, changed);
  }, text);
}

function read(text: string): unknown {
  const errors: ParseError[] = [];
  const data: unknown = parse(text, errors, lenient);
  const [first] = errors;
  if (first) throw new Error(`${printParseErrorCode(first.error)} at character ${first.offset + 1}`);
  return data;
}

const look = (text: string): { insertSpaces: boolean; tabSize: number; eol: string } => ({
  insertSpaces: !/^\t/m.test(text),
  tabSize: /^( +)\S/m.exec(text)?.[1]?.length ?? 2,
  eol: text.includes('\r\n') ? '\r\n' : '\n',
});
