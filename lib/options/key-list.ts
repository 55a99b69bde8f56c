import { openOptions, type Problems } from './check';

/** A kind of key: the names its description may have, and what reads it or throws a `TypeError` with what is wrong with it. */
export interface KeyKind<Key> {
  readonly names: readonly string[];
  readonly read: (key: never) => Key;
}

/** Reads an option `keys`; every problem goes to `problems`. */
export function readKeyList<Key extends { readonly kid: string }>(keys: unknown, wanted: string, kind: KeyKind<Key>, problems: Problems): readonly Key[] {
  if (!Array.isArray(keys) || keys.length === 0) {
    problems.add('keys', keys, wanted);
    return [];
  }
  const read = keys.flatMap((key: unknown, at) => {
    const path = `keys[${String(at)}]`;
    try {
      if (typeof key !== 'object' || key === null || Array.isArray(key)) throw new TypeError(`an object with ${kind.names.join(', ')}`);
      openOptions(path, key, kind.names, problems);
      return [kind.read(key as never)];
    } catch (error) {
      problems.add(path, key, 'a key', error instanceof TypeError ? error.message : undefined);
      return [];
    }
  });
  if (new Set(read.map(({ kid }) => kid)).size < read.length) problems.add('keys', keys, 'a kid of its own for each key');
  return read;
}
