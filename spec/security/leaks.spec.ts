import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Seen } from './leaks/drive';
import { findLeaks, MADE, partsOfToken } from './leaks/secrets';
import { STORES } from './leaks/stores';

interface Driven extends Seen {
  readonly output: string;
}

async function drive(store: string): Promise<Driven> {
  const child = fork(join(__dirname, 'leaks/drive.ts'), [store], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const closed = once(child, 'close');
  const [seen] = (await Promise.race([
    once(child, 'message'),
    closed.then(([code]) => {
      throw new Error(`the drive ended with ${String(code)}: ${output}`);
    }),
  ])) as [Seen];
  await closed;
  return { ...seen, output };
}

describe.each([...STORES])('a process full of secrets, on %s', (store) => {
  let driven: Driven;
  beforeAll(async () => {
    driven = await drive(store);
  }, 120_000);

  it('OW-18 ERR-04 BP-07 has been everywhere', () => {
    expect(Object.keys(driven.kinds).sort()).toEqual([
      'bearer_refused', 'client_refused', 'fault', 'login_failed', 'throttled', 'token_issued', 'token_refreshed', 'token_refused', 'token_replayed', 'token_revoked',
    ]);
    expect(driven.tokens.length).toBeGreaterThan(20);
    expect(driven.output).toContain('express-token-endpoint: fault in');
    expect(new Set(driven.places.map(([place]) => place)).size).toBeGreaterThan(30);
  });

  it('OW-18 ERR-04 BP-07 shows none in errors, headers, events, what inspect tells, or the store', () => {
    const secrets = [...MADE, ...new Set(driven.tokens.flatMap(partsOfToken))];
    const leaks = driven.places.flatMap(([place, text]) => findLeaks(text, secrets).map((leak) => `${place}: ${leak}`));
    expect([...new Set(leaks)]).toEqual([]);
  });

  it('OW-18 prints none', () => {
    expect(findLeaks(driven.output, [...MADE, ...driven.tokens.flatMap(partsOfToken)])).toEqual([]);
  });
});

it('finds what leaks, however it is written', () => {
  const [mark = ''] = MADE;
  for (const text of [`a ${mark}`, Buffer.from(`Basic x:${mark}-y`).toString('base64'), Buffer.from(`1${mark}`).toString('base64url'), Buffer.from(mark).toString('hex')]) {
    expect(findLeaks(text, MADE)).not.toEqual([]);
  }
  expect(findLeaks('nothing here', MADE)).toEqual([]);
});
