import { createKnown } from '../../lib/throttle/known';
import { DEFAULT_LIMITS } from '../../lib/throttle/limits';
import { bounded, foldName } from '../../lib/throttle/names';
import { networkOf } from '../../lib/throttle/network';
import { createTally } from '../../lib/throttle/tally';
import { createTurns } from '../../lib/throttle/turns';
import { hashToken } from '../../lib/tokens/hash';
import { passTime } from '../support/clock';
import { warningsOf } from '../support/warnings';

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:51234', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
    ['::ffff:192.0.2.1%eth0', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['[2001:db8:1:2::9]', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:8080', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::ffff:192.0.2.1', '1:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '192.0.2.1'],
    ['64:ff9b::c000:201', '192.0.2.1'],
    ['64:ff9b:1::c000:201', '64:ff9b:1:0::/64'],
  ])('PW-05 of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([[undefined], [''], ['unknown'], ['_gateway'], ['999.1.1.1'], ['1.2.3'], ['1.2.3.4.5'], ['192.0.2.1, 192.0.2.2'], ['::ffff:1.2.3.4:80'], ['[192.0.2.1'], ['x'.repeat(100_000)]])('BP-06 is one for all that have none, as %p', (address) => {
    expect(networkOf(address)).toBe('nowhere');
  });
});

describe('the name that failures are counted by', () => {
  const same = [['Alice', 'alice'], ['ALICE ', ' alice'], ['álice', 'alice'], ['a\u200Blice', 'alice'], ['ａｌｉｃｅ', 'alice'], ['STRASSE', 'straße'], ['İstanbul', 'istanbul'], ['ﬁsh', 'fish']] as const;
  it.each(same)('PW-05 takes %p for %p', (one, other) => {
    expect(foldName(one)).toBe(foldName(other));
  });

  it.each([['alice', 'bob'], ['a.b', 'ab'], ['李', '王'], ['कमल', 'कमाल'], ['🙂', '🙃'], ['alice@one.example', 'alice@two.example']])('PW-05 tells %p from %p', (one, other) => {
    expect(foldName(one)).not.toBe(foldName(other));
  });

  it('BP-09 is never longer than a hash, and never empty', () => {
    for (const name of ['x'.repeat(1024), 'É'.repeat(500), ' ', '\u0301', '']) expect(foldName(name).length).toBeLessThanOrEqual(64);
    expect(foldName(' ')).not.toBe(foldName('\u0301'));
    expect([foldName('x'.repeat(64)), foldName('x'.repeat(65))]).toEqual(['x'.repeat(64), hashToken('x'.repeat(65))]);
    expect(bounded('x'.repeat(65))).not.toBe(bounded('x'.repeat(66)));
  });
});

describe('the failures of one span', () => {
  const limit = { points: 3, duration: 60 };

  it('OW-10 are forgotten when it ends, and not before', async () => {
    const tally = createTally(limit);
    for (let failure = 0; failure < 3; failure += 1) {
      expect([tally.isFull('a'), tally.isQuiet(), await tally.failures('a')]).toEqual([false, true, failure]);
      await tally.count('a');
    }
    expect([tally.isFull('a'), tally.isFull('b'), tally.isQuiet()]).toEqual([true, false, false]);
    passTime(tally.remaining() / 1000 - 1);
    expect(tally.isFull('a')).toBe(true);
    passTime(2);
    expect([tally.isFull('a'), await tally.failures('a'), tally.isQuiet()]).toEqual([false, 0, true]);
  });

  it('OW-10 do not outlive a clock that is set back', async () => {
    const tally = createTally(limit);
    for (let failure = 0; failure < 3; failure += 1) await tally.count('a');
    passTime(-3600);
    expect(tally.isFull('a')).toBe(false);
    expect(tally.remaining()).toBeLessThanOrEqual(60_000);
  });

  it('BP-09 are kept for so many names; past them those with more than one stay', async () => {
    const tally = createTally(limit);
    for (const name of ['full', 'full', 'full', 'half', 'half']) await tally.count(name);
    for (let number = 0; number < 50_000; number += 1) await tally.count(`name ${String(number)}`);
    expect([tally.isFull('full'), await tally.failures('full'), await tally.failures('half'), await tally.failures('name 7')]).toEqual([true, 3, 2, 0]);
    await tally.count('half');
    expect([tally.isFull('half'), tally.isQuiet()]).toEqual([true, false]);
    passTime(60);
    expect([tally.isFull('full'), tally.isFull('half')]).toEqual([false, false]);
  });

  it('BP-09 are kept for those with the most where these are too many', async () => {
    const tally = createTally(limit);
    for (let number = 0; number < 25_000; number += 1) for (let times = number < 5000 || number === 24_999 ? 3 : 2; times > 0; times -= 1) await tally.count(`name ${String(number)}`);
    for (let number = 0; number < 25_001; number += 1) await tally.count(`flood ${String(number)}`);
    const names = ['name 7', 'name 24999', 'name 5000', 'name 9998', 'name 9999', 'flood 7', 'flood 25000'];
    expect(await Promise.all(names.map((name) => tally.failures(name)))).toEqual([3, 3, 2, 2, 0, 0, 1]);
    expect([tally.isFull('name 7'), tally.isFull('name 24999'), tally.isFull('name 5000')]).toEqual([true, true, false]);
  });

  it('BP-09 are kept for the earliest where all are without room', async () => {
    const tally = createTally({ points: 1, duration: 60 });
    for (let number = 0; number < 50_001; number += 1) await tally.count(`name ${String(number)}`);
    expect(['name 7', 'name 9999', 'name 10000', 'name 50000'].map((name) => tally.isFull(name))).toEqual([true, true, false, true]);
  });
});

describe('attempts under way', () => {
  it('BP-09 keep a bounded number of others waiting, and all of them hear of the first end', async () => {
    const turns = createTurns();
    expect(turns.next('a')).toBeUndefined();
    turns.begin('a');
    turns.begin('a');
    const waiting = Array.from({ length: 100 }, () => turns.next('a'));
    expect(turns.next('a')).toBeUndefined();
    turns.end('a');
    for (const end of waiting) await end;
    expect(turns.underWay('a')).toBe(1);
    turns.end('a');
    turns.end('a');
    expect([turns.underWay('a'), turns.next('a')]).toEqual([0, undefined]);
  });
});

it('BP-09 a bounded number of addresses is known', () => {
  const known = createKnown({ limiter: undefined, ask: (_what, call) => call(), emit: () => undefined });
  for (let number = 0; number < 150_000; number += 1) known.learn(`name ${String(number)}`);
  expect([known.has('name 149999'), known.has('name 1')]).toEqual([true, false]);
});

it('OW-25 has a default of no more than a hundred failures for one account', () => {
  expect(DEFAULT_LIMITS.user.points).toBeLessThanOrEqual(100);
  expect(DEFAULT_LIMITS.userAndAddress.points).toBeLessThan(DEFAULT_LIMITS.user.points);
});

describe('the setting trust proxy', () => {
  const program = (setting: string, header: string): string => `
    const express = require('express');
    const { oauthRouter, generateSecret } = require('./lib');
    const oauth = oauthRouter({ issuer: 'http://localhost/', findClient: () => undefined, keys: [{ alg: 'HS256', secret: generateSecret() }] });
    const app = express();
    ${setting}
    app.use(oauth);
    const server = app.listen(0, '127.0.0.1', async () => {
      const headers = { authorization: 'Basic eDp5', ${header} };
      for (let i = 0; i < 3; i += 1) {
        await fetch('http://127.0.0.1:' + server.address().port + '/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }), headers });
      }
      await oauth.close();
      server.close();
      server.closeAllConnections();
    });`;
  const forwarded = `'x-forwarded-for': '192.0.2.1'`;
  const said = (text: string): string[] => [...text.matchAll(/\[(OAUTH_TRUST_PROXY_\w+)\]/g)].map(([, code]) => code ?? '');

  it.each([
    ['off behind a proxy', '', forwarded, ['OAUTH_TRUST_PROXY_OFF']],
    ['off without a proxy', '', '', []],
    ['true', `app.set('trust proxy', true);`, '', ['OAUTH_TRUST_PROXY_ALL']],
    ['true behind a proxy', `app.set('trust proxy', true);`, forwarded, ['OAUTH_TRUST_PROXY_ALL']],
    ['the address of the proxy', `app.set('trust proxy', 'loopback');`, forwarded, []],
    ['a number of proxies', `app.set('trust proxy', 1);`, forwarded, []],
  ])('BP-06 OW-10 is warned of once: %s', async (_name, setting, header, codes) => {
    expect(said(await warningsOf(program(setting, header)))).toEqual(codes);
  });
});
