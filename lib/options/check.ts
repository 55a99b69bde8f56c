/** Collects what is wrong with an object of options, so that one error can tell it all. */
export interface Problems {
  add(path: string, received: unknown, wanted: string, suggestion?: string): void;
  /** A name that is none of `names`. */
  addUnknown(path: string, name: string, received: unknown, names: readonly string[]): void;
  /** Throws one `TypeError` with every problem, if there is one. */
  throwIfAny(): void;
}

export function collectProblems(caller: string): Problems {
  const lines: string[] = [];
  const add = (path: string, received: string, wanted: string, suggestion?: string): void => {
    lines.push(`- ${path}: received ${received}, wanted ${wanted}${suggestion === undefined ? '' : `; ${suggestion}`}`);
  };
  return {
    add: (path, received, wanted, suggestion) => { add(path, describe(path, received), wanted, suggestion); },
    addUnknown: (path, name, received, names) => { lines.push(`- ${path}: received ${kindOf(received)}, wanted an option that exists; ${suggestName(name, names)}`); },
    throwIfAny() {
      if (lines.length === 0) return;
      const count = lines.length === 1 ? 'a problem' : `${String(lines.length)} problems`;
      throw new TypeError(`${caller}: ${count} in the options\n${lines.join('\n')}`);
    },
  };
}

/** Options whose text is public. All other text may be a secret, or one that landed in the wrong place. */
const PUBLIC = /(?:^|\.)(?:issuer|realm|format|audience|endpoint)$/;

function describe(path: string, value: unknown): string {
  // But for a password that stands in a URL.
  if (typeof value === 'string' && PUBLIC.test(path)) return JSON.stringify(value.replace(/\/\/.*@/, '//…@'));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

/** What kind of value stands there, and nothing of the value. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${String(value.length)}`;
  if (typeof value === 'string') return `a string of ${String(value.length)} characters`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The values of one object of options, each read with the check that belongs to it. */
export interface Reader {
  /** As they were given; none where that was no object of options. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The value if it fits, the default where there is none; a problem otherwise. */
  read<T>(name: string, check: Check<T>, fallback: T): T;
  optional<T>(name: string, check: Check<T>): T | undefined;
  required<T>(name: string, check: Check<T>, suggestion?: string): T | undefined;
}

export interface Check<T> {
  readonly wanted: string;
  readonly fits: (value: unknown) => value is T;
}

/** Opens an object of options: anything but an object is a problem, and so is every name that is not in `names`. */
export function openOptions(path: string, given: unknown, names: readonly string[], problems: Problems): Reader {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject && given !== undefined) problems.add(path || 'options', given, 'an object');
  const values = (isObject ? given : {}) as Readonly<Record<string, unknown>>;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  for (const name of Object.keys(values)) {
    if (!names.includes(name)) problems.addUnknown(at(name), name, values[name], names);
  }
  const optional = <T>(name: string, check: Check<T>): T | undefined => {
    const value = values[name];
    if (value === undefined || check.fits(value)) return value;
    problems.add(at(name), value, check.wanted);
    return undefined;
  };
  return {
    values,
    optional,
    read: (name, check, fallback) => optional(name, check) ?? fallback,
    required(name, check, suggestion) {
      if (values[name] === undefined) problems.add(at(name), undefined, check.wanted, suggestion);
      return optional(name, check);
    },
  };
}

function suggestName(name: string, names: readonly string[]): string {
  const near = names.find((one) => distance(one.toLowerCase(), name.toLowerCase()) <= 2);
  return near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
}

/** Levenshtein distance of two short words. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
