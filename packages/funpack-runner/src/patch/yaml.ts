import { isScalar, parseDocument, Scalar, type Document } from 'yaml';
import { newValue, type Change, type Written } from './change.js';
import { stepsOf, valueAt, waysOf, type Way } from './key-path.js';

/** Changes a YAML file. Comments and order stay. */
export function patchYaml(text: string, changes: readonly Change[]): string {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(error.message.split('\n', 1)[0]);
  let isChanged = false;
  for (const { key, to } of changes) {
    const data: unknown = document.toJS();
    for (const way of waysOf(data, stepsOf(key))) {
      const now = valueAt(data, way);
      const value = newValue(to, now);
      if (value === undefined || value === now) continue;
      put(document, way, value);
      isChanged = true;
    }
  }
  return isChanged ? document.toString({ lineWidth: 0 }) : text;
}

/** Texts that every reader of YAML takes for texts, also one of YAML 1.1, to which `no` and `1:30` are other things. */
const surelyText = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w./-]*$/i;

/** A comment belongs to the node of a value, so a value that is there gets another content, not another node. */
function put(document: Document, way: Way, value: Written): void {
  const there = document.getIn(way, true);
  const scalar = isScalar(there) && typeof value !== 'object' ? there : new Scalar<unknown>(value);
  if (typeof value === 'object') return document.setIn(way, value);
  scalar.value = value;
  if (typeof value !== 'string') delete scalar.type;
  else if (!surelyText.test(value) && scalar.type !== Scalar.QUOTE_SINGLE) scalar.type = Scalar.QUOTE_DOUBLE;
  if (scalar !== there) document.setIn(way, scalar);
}
