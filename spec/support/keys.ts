import { generateKeyPairSync } from 'node:crypto';
import type { Alg, KeyOption } from '../../lib';

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A fresh key for the option `keys`. */
export function newKey(alg: Exclude<Alg, `HS${string}`> = 'ES256', kid?: string): KeyOption & { readonly kid?: string } {
  const namedCurve = CURVES[alg];
  const { privateKey } = namedCurve === undefined ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve });
  return { alg, privateKey, ...(kid === undefined ? {} : { kid }) };
}
