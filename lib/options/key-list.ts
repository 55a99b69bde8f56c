import type { Problems } from './check';

/** Reads an option `keys` with `readOne`, which throws a `TypeError` for what is no such key; every problem goes to `problems`. */
export function readKeyList<Key extends { readonly kid: string }>(
  keys: unknown,
  wanted: string,
  readOne: (key: never) => Key,
  problems: Problems,
): readonly Key[] {
  if (!Array.isArray(keys) || keys.length === 0) {
    problems.add('keys', keys, wanted);
    return [];
  }
  const read = keys.flatMap((key: unknown, at) => {
    try {
      if (typeof key !== 'object' || key === null) throw new TypeError('an object that describes a key');
      return [readOne(key as never)];
    } catch (error) {
      problems.add(`keys[${String(at)}]`, key, error instanceof TypeError ? error.message : 'a key');
      return [];
    }
  });
  if (new Set(read.map(({ kid }) => kid)).size < read.length) problems.add('keys', keys, 'a kid of its own for each key');
  return read;
}
