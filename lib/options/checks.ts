import { isSafeUrl } from '../urls';
import type { Check } from './check';

type AnyFunction = (...args: never[]) => unknown;

export const aFunction = <T extends AnyFunction>(wanted: string): Check<T> => ({
  wanted: `a function ${wanted}`,
  fits: (value): value is T => typeof value === 'function',
});

export const aBoolean: Check<boolean> = { wanted: 'true or false', fits: (value) => typeof value === 'boolean' };

export const seconds = (least: number, most: number): Check<number> => ({
  wanted: `a number of seconds from ${String(least)} to ${String(most)}`,
  fits: (value): value is number => typeof value === 'number' && value >= least && value <= most,
});

export const wholeSeconds = (least: number, most: number): Check<number> => ({
  wanted: `a whole number of seconds from ${String(least)} to ${String(most)}`,
  fits: (value): value is number => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
});

export const oneOf = <T extends string>(...names: readonly T[]): Check<T> => ({
  wanted: names.join(' or '),
  fits: (value): value is T => (names as readonly unknown[]).includes(value),
});

export const texts: Check<string | readonly string[]> = {
  wanted: 'a text or an array of texts, none empty',
  fits: (value): value is string | readonly string[] => {
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    return all.length > 0 && all.every((one) => typeof one === 'string' && one !== '');
  },
};

export const text: Check<string> = { wanted: 'a text that is not empty', fits: (value): value is string => typeof value === 'string' && value !== '' };

/** A realm goes into a quoted-string (RFC 9110 §5.6.4). */
export const realmText: Check<string> = {
  wanted: 'a text of printable ASCII',
  fits: (value): value is string => typeof value === 'string' && /^[\x20-\x7E]+$/.test(value),
};

/** RFC 8414 §2: https, no query, no fragment; http for this machine alone. */
export const issuerUrl: Check<string> = {
  wanted: 'an absolute https URL without query and fragment, as clients see it (http for localhost alone)',
  fits: (value): value is string => isSafeUrl(value) && !value.includes('?'),
};

export const safeUrl: Check<string> = { wanted: 'an absolute https URL (http for localhost alone)', fits: isSafeUrl };
