import { hashToken } from '../tokens/hash';

const PLAIN = /^[a-z0-9@._-]*$/;
const SHORT = 64;

/**
 * A user name as one of the ways to write it: many databases find `Alice`, `alice ` and `álice` under the same name, and whoever
 * guesses must not get a new account of failures for each.
 */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return bounded(name);
  const folded = name.normalize('NFKD').toUpperCase().toLowerCase().replace(/[\p{sc=Inherited}\p{C}\p{Z}]/gu, '');
  return bounded(folded === '' ? name : folded);
}

/** A key of bounded length. */
export const bounded = (text: string): string => (text.length <= SHORT ? text : hashToken(text));
