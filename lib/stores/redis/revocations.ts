import type { Revocation, RevocationPage, TokenStore } from '../store';
import { textOf, type Send } from './client';
import { ADD, READ } from './revocation-scripts';
import { evaluate } from './script';

interface Keys {
  readonly family: (id: string) => string;
  readonly list: readonly [order: string, entries: string, ends: string];
}

/** So that a long list does not keep the server from its other clients. */
const PART = 1000;

export function redisRevocations(send: Send, keys: Keys): Pick<TokenStore, 'revoke' | 'revocations'> {
  const readPart = async (cursor: string, last: string): Promise<string[]> => {
    const answer = await evaluate(send, READ, keys.list, [cursor, last, String(PART)]);
    return (answer as unknown[]).map(textOf);
  };
  return {
    async revoke({ key, at, until, familyId }) {
      const entry = [key, String(at), String(until), familyId === undefined ? '' : JSON.stringify(familyId), String(Date.now())];
      // The list lives in another slot. First the entry: a family that went without it would leave nobody to ask again for the rest.
      await evaluate(send, ADD, keys.list, entry);
      if (familyId !== undefined) await send(keys.family(familyId), ['DEL', keys.family(familyId)]);
    },
    async revocations(cursor = ''): Promise<RevocationPage> {
      const [next = '', ...first] = await readPart(cursor, '');
      const revocations = toRevocations(first);
      for (let part = first; part.length === PART * 3; ) {
        part = (await readPart(cursor, part.at(-3) ?? '')).slice(1);
        revocations.push(...toRevocations(part));
      }
      return { revocations, cursor: next };
    },
  };
}

/** Order, key and entry by turns; an entry is two times and a family. */
function toRevocations(entries: readonly string[]): Revocation[] {
  const found: Revocation[] = [];
  for (let index = 0; index < entries.length; index += 3) {
    const [key = '', entry = ''] = entries.slice(index + 1, index + 3);
    const [, at, until, familyId = ''] = /^(\S+) (\S+) ([^]*)$/.exec(entry) ?? [];
    if (Number(until) <= Date.now()) continue;
    found.push({ key, at: Number(at), until: Number(until), ...(familyId !== '' && { familyId: JSON.parse(familyId) as string }) });
  }
  return found;
}
