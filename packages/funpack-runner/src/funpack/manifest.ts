import { messageOf, type FunpackManifest } from '@pinky/protocol';
import { isRecord, shape } from './checks.js';
import { manifestFields } from './manifest-checks.js';

/** The result of reading a funpack.json: the manifest, or its faults, each of which names its field. */
export interface ManifestReading {
  readonly manifest?: FunpackManifest;
  readonly faults: readonly string[];
}

const checkFields = shape(manifestFields);

/** Reads the text of a funpack.json. An unknown field is not a fault: a newer funpack runs on an older Pinky. */
export function parseManifest(json: string): ManifestReading {
  let value: unknown;
  try {
    value = JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (failure) {
    return { faults: [`is not JSON: ${messageOf(failure)}`] };
  }
  const faults = checkFields(value, '');
  // The checks above prove the shape field by field; TypeScript cannot follow them.
  return faults.length > 0 ? { faults } : { manifest: value as FunpackManifest, faults };
}

/** The fields of a funpack.json that Pinky does not know. Most likely they are misspelt. */
export function unknownFields(json: string): readonly string[] {
  const value: unknown = JSON.parse(json.replace(/^\uFEFF/, ''));
  const known = new Set(Object.keys(manifestFields).map((name) => name.replace(/!$/, '')));
  return isRecord(value) ? Object.keys(value).filter((name) => !known.has(name)) : [];
}
