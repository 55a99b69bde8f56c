import { isAscii } from 'node:buffer';
import { decodeUtf8 } from '../utf8';
import { ownText } from './own-text';
import { percentDecode } from './percent';

/** What may be a client id and its secret; the secret may be empty. */
export interface Credential {
  readonly id: string;
  readonly secret: string;
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
/** A control character never matches a stored id or secret. */
const CONTROL = /[\x00-\x1F\x7F-\x9F]/;

/**
 * The readings of an `Authorization: Basic` header, most likely first (RFC 6749 §2.3.1 against what clients send):
 * id and secret form-encoded before base64, or raw, or raw with only their colons written as `%3A`; in UTF-8, else in Latin-1.
 * None for anything that is not well-formed Basic (RFC 7617 §2).
 */
export function readBasic(header: string): readonly Credential[] {
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return [];
  const latin1 = bytes.toString('latin1');
  if (!latin1.includes(':')) return [];
  const text = isAscii(bytes) ? latin1 : decodeUtf8(bytes);
  // Latin-1 is what `btoa` and python-requests send, and two of its letters can look like one of UTF-8.
  const found = text === undefined ? readings(latin1) : text.length === latin1.length ? readings(text) : [...readings(text), split(latin1)];
  return found.filter(isPlausible);
}

function split(text: string): Credential {
  const colon = text.indexOf(':');
  return { id: ownText(text.slice(0, colon)), secret: ownText(text.slice(colon + 1)) };
}

function readings(text: string): readonly Credential[] {
  const raw = split(text);
  const { id, secret } = raw;
  if (!text.includes('%') && !text.includes('+')) return [raw];
  const decodedId = percentDecode(id);
  const decodedSecret = percentDecode(secret);
  const found = decodedId === undefined || decodedSecret === undefined ? [raw] : [{ id: decodedId, secret: decodedSecret }, raw];
  const colonsOnly = { id: unescapeColons(id), secret: unescapeColons(secret) };
  return [...found, colonsOnly].filter((one, at, all) => all.findIndex((other) => sameCredential(one, other)) === at);
}

const unescapeColons = (text: string): string => text.replace(/%3A/gi, ':');
const sameCredential = (one: Credential, other: Credential): boolean => one.id === other.id && one.secret === other.secret;
const isPlausible = ({ id, secret }: Credential): boolean => id !== '' && !hasControl(id) && !hasControl(secret);
export const hasControl = (text: string): boolean => CONTROL.test(text);
