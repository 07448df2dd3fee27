import { DOMParser, XMLSerializer, type Document, type Element } from '@xmldom/xmldom';
import { newValue, textOfValue, type Change } from './change.js';

/** One step of a key: `property`, `property[@name='Port']`, `item[2]`, or `*`. */
interface Step {
  readonly tag: string;
  readonly attribute?: { readonly name: string; readonly value: string };
  /** From 1, as in XPath. */
  readonly index?: number;
}

/**
 * Changes an XML file. The key names elements from the root on, parted by dots. A value such as `[value='5']` sets an
 * attribute, and any other the element's text. Elements that are missing are made, unless the key has a `*`. Comments
 * and white space stay.
 */
export function patchXml(text: string, changes: readonly Change[]): string {
  const document = read(text, changes);
  let isChanged = text.trim() === '';
  for (const { key, to } of changes) {
    for (const element of elementsOf(document, stepsOf(key))) isChanged = change(element, to) || isChanged;
  }
  return isChanged ? `${new XMLSerializer().serializeToString(document)}${text.endsWith('\n') ? '\n' : ''}` : text;
}

function read(text: string, [first]: readonly Change[]): Document {
  const root = stepsOf(first?.key ?? 'root')[0]?.tag ?? 'root';
  const source = text.trim() === '' ? `<?xml version="1.0" encoding="utf-8"?>\n<${root}/>` : text.trimEnd();
  return new DOMParser({
    onError: (level, message) => {
      if (level !== 'warning') throw new Error(message.split('\n', 1)[0]);
    },
  }).parseFromString(source, 'text/xml');
}

/** Dots in the text of a condition part nothing. */
const stepsOf = (key: string): readonly Step[] =>
  [...key.matchAll(/([^.[\]]+|\*)((?:\[[^\]]*\])?)/g)].map(([, tag = '', condition = '']) => {
    const [, name, value] = /^\[@?([\w:-]+)=['"](.*)['"]\]$/.exec(condition) ?? [];
    const [, index] = /^\[(\d+)\]$/.exec(condition) ?? [];
    return {
      tag,
      ...(name !== undefined && value !== undefined && { attribute: { name, value } }),
      ...(index !== undefined && { index: Number(index) }),
    };
  });

function elementsOf(document: Document, [root, ...steps]: readonly Step[]): readonly Element[] {
  const top = document.documentElement;
  if (!top || !root || (root.tag !== '*' && root.tag !== top.tagName)) return [];
  const makes = !steps.some((step) => step.tag === '*');
  return steps.reduce<readonly Element[]>((elements, step) => {
    const found = elements.flatMap((element) => childrenOf(element, step));
    const [parent] = elements;
    return found.length > 0 || !makes || !parent || (step.index ?? 1) > 1 ? found : [addChild(document, parent, step)];
  }, [top]);
}

function childrenOf(element: Element, { tag, attribute, index }: Step): readonly Element[] {
  const children = [...element.childNodes].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE);
  const found = children.filter((child) =>
    (tag === '*' || child.tagName === tag) &&
    (!attribute || child.getAttribute(attribute.name) === attribute.value));
  return index === undefined ? found : found.slice(index - 1, index);
}

function addChild(document: Document, parent: Element, { tag, attribute }: Step): Element {
  const child = document.createElement(tag);
  if (attribute) child.setAttribute(attribute.name, attribute.value);
  parent.appendChild(child);
  return child;
}

const attributeValue = /^\[([\w:-]+)='(.*)'\]$/s;

function change(element: Element, to: Change['to']): boolean {
  const value = newValue(to, element.textContent ?? '');
  if (value === undefined) return false;
  const text = textOfValue(value);
  const [, name, inner] = attributeValue.exec(text) ?? [];
  if (name !== undefined && inner !== undefined) {
    if (element.getAttribute(name) === inner) return false;
    element.setAttribute(name, inner);
    return true;
  }
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}
