import bcrypt from 'bcrypt';
import { hashSecret, verifySecret } from '../../lib';
import { isSecretHash } from '../../lib/clients/client';
import { fakeHash } from '../../lib/clients/secrets';

const cost = 4;
const slow = { algorithm: 'bcrypt', cost } as const;

describe('hashing what a person chose', () => {
  it('OW-15 OW-20 is bcrypt at cost 12 by default, with a salt of its own each time', async () => {
    const hashes = await Promise.all([hashSecret('correct horse'), hashSecret('correct horse')]);
    for (const hash of hashes) expect(hash).toMatch(/^\$2b\$12\$[./A-Za-z0-9]{53}$/);
    expect(hashes[0]).not.toBe(hashes[1]);
    expect(await Promise.all(hashes.map((hash) => verifySecret('correct horse', hash)))).toEqual([true, true]);
  });

  it('OW-20 takes any cost up to 15', async () => {
    const costs: unknown[] = [];
    const hash = jest.spyOn(bcrypt, 'hash').mockImplementation(((_secret: unknown, cost: unknown) => {
      costs.push(cost);
      return Promise.resolve('hash');
    }) as never);
    try {
      for (const each of [4, 10, 15]) await hashSecret('x', { algorithm: 'bcrypt', cost: each });
      await hashSecret('x');
      expect(costs).toEqual([4, 10, 15, 12]);
    } finally {
      hash.mockRestore();
    }
  });

  it.each([3, 16, 12.5, Number.NaN, Number.POSITIVE_INFINITY])('OW-20 refuses cost %p', async (wrong) => {
    await expect(hashSecret('x', { algorithm: 'bcrypt', cost: wrong })).rejects.toThrow('cost must be a whole number from 4 to 15');
  });

  it.each([['a'.repeat(73)], [`${'é'.repeat(36)}x`], ['🙂'.repeat(19)]])('OW-20 OW-21 refuses more than 72 bytes and says why: %p', async (secret) => {
    await expect(hashSecret(secret, slow)).rejects.toThrow('bcrypt would ignore all but the first 72 bytes');
  });

  it.each([['a'.repeat(72)], ['é'.repeat(36)], ['🙂'.repeat(18)], ['a\0b'], [' '], ['\t tab '], ['ⓤⓝⓘⓒⓞⓓⓔ']])('OW-22 OW-11 takes all of it as it is: %p', async (secret) => {
    const hash = await hashSecret(secret, slow);
    expect(await verifySecret(secret, hash)).toBe(true);
    for (const other of [`${secret} `, ` ${secret}`, secret.slice(0, -1), secret.toUpperCase() === secret ? `${secret}x` : secret.toUpperCase()]) {
      expect(await verifySecret(other, hash)).toBe(false);
    }
  });

  it('OW-22 does not stop at a zero byte, and normalises nothing', async () => {
    expect(await verifySecret('a\0c', await hashSecret('a\0b', slow))).toBe(false);
    expect(await verifySecret('e\u0301', await hashSecret('é', slow))).toBe(false);
  });

  it.each([[''], [undefined], [null], [5]])('OW-20 refuses %p', async (secret) => {
    await expect(hashSecret(secret as string)).rejects.toThrow('hashSecret: the secret must be a string that is not empty');
  });
});

describe('verifying', () => {
  it('OW-21 never lets what bcrypt cuts off decide: over 72 bytes match no bcrypt hash', async () => {
    const long = `${'a'.repeat(72)}tail`;
    // A hash that another system made of a password that was too long.
    const truncated = await bcrypt.hash(long, cost);
    expect(await bcrypt.compare(`${'a'.repeat(72)}other`, truncated)).toBe(true);
    for (const secret of [long, `${'a'.repeat(72)}other`, `${'a'.repeat(72)}t`]) expect(await verifySecret(secret, truncated)).toBe(false);
    expect(await verifySecret('a'.repeat(72), truncated)).toBe(true);
  });

  it('OW-11 takes any length where the hash is SHA-256', async () => {
    const secret = 'a'.repeat(5000);
    const hash = await hashSecret(secret, { algorithm: 'sha256' });
    expect(await verifySecret(secret, hash)).toBe(true);
    expect(await verifySecret(`${secret}a`, hash)).toBe(false);
    expect(await verifySecret(secret, hash.slice('sha256:'.length))).toBe(true);
  });

  it.each(['$2a$', '$2b$', '$2y$'])('OW-21 knows %s for bcrypt', async (prefix) => {
    const hash = `${prefix}${(await bcrypt.hash('right', cost)).slice(4)}`;
    expect(await verifySecret('right', hash)).toBe(true);
    expect(await verifySecret('wrong', hash)).toBe(false);
  });

  const real = bcrypt.hashSync('right', cost);
  const malformed = [
    ['cut short', real.slice(0, -1)],
    ['too long', `${real}x`],
    ['something before', `x${real}`],
    ['something before a SHA-256', `xsha256:${'a'.repeat(64)}`],
    ['a space behind', `${real} `],
    ['a newline behind', `${real}\n`],
    ['a character bcrypt has not', `${real.slice(0, -1)}!`],
    ['a cost that bcrypt answers at once', real.replace('$04$', '$03$')],
    ['a cost that bcrypt answers at once', real.replace('$04$', '$32$')],
    ['a cost that bcrypt answers at once', real.replace('$04$', '$99$')],
    ['a cost of days', real.replace('$04$', '$31$')],
    ['an unsafe variant', real.replace('$2b$', '$2x$')],
    ['another algorithm', '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA'],
    ['plain text', 'right'],
    ['SHA-256 in upper case', `sha256:${'A'.repeat(64)}`],
    ['half a SHA-256', `sha256:${'a'.repeat(63)}`],
  ] as const;
  it.each(malformed)('OW-21 takes no malformed hash for a hash: %s (%s)', async (_name, hash) => {
    expect(isSecretHash(hash)).toBe(false);
    await expect(verifySecret('right', hash)).rejects.toThrow('the stored hash is neither bcrypt nor SHA-256');
  });

  it.each([[undefined], [null], ['']])('OW-23 answers no where the hash is %p', async (hash) => {
    expect(await verifySecret('right', hash)).toBe(false);
    expect(await verifySecret('', hash)).toBe(false);
  });

  it('OW-23 answers no to whatever is compared with the hash of nobody', async () => {
    expect(isSecretHash(fakeHash('04'))).toBe(true);
    for (const secret of ['', '.', 'right']) expect(await verifySecret(secret, fakeHash('04'))).toBe(false);
  });

  it('OW-23 compares for nobody at the cost that most have', async () => {
    const asked: string[] = [];
    const compare = jest.spyOn(bcrypt, 'compare').mockImplementation(((_secret: unknown, hash: string) => {
      asked.push(hash.slice(4, 6));
      return Promise.resolve(true);
    }) as never);
    const meet = async (each: string, times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) await verifySecret('right', real.replace('$04$', `$${each}$`));
    };
    const costForNobody = async (): Promise<string | undefined> => {
      expect(await verifySecret('right', undefined)).toBe(false);
      return asked.at(-1);
    };
    try {
      await meet('07', 300);
      expect(await costForNobody()).toBe('07');
      await meet('06', 300);
      expect(await costForNobody()).toBe('07');
      await meet('06', 1);
      expect(await costForNobody()).toBe('06');
      await meet('05', 299);
      expect(await costForNobody()).toBe('06');
      // What is hashed quickly says nothing of what bcrypt should cost.
      for (let time = 0; time < 400; time += 1) await verifySecret('right', 'a'.repeat(64));
      expect(await costForNobody()).toBe('06');
    } finally {
      compare.mockRestore();
    }
  });

  it('OW-20 refuses what is no text', async () => {
    for (const secret of [undefined, null, 5, Buffer.from('right')]) await expect(verifySecret(secret as unknown as string, real)).rejects.toThrow('the secret must be a string');
  });
});
