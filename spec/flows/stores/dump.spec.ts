import { passTime } from '../../support/clock';
import { expectOk } from '../../support/expect';
import { introspect, login, R, refresh, revoke, type Answer } from '../../support/http';
import { serve } from '../../support/serve';
import { DUMPABLE } from '../../support/stores/dumps';
import { forgeRefreshToken, forgeSuccessor, hashOf } from '../../support/stores/forge';

const tokenOf = ({ json }: Answer): string => String(json['refresh_token']);

describe.each(Object.entries(DUMPABLE))('a thief with a dump of %s', (_name, open) => {
  it('RT-16 OT-02 finds nothing in it that works as a token, and can build nothing from it', async () => {
    const { store, dump, close } = await open();
    const server = await serve({ oauth: { store, accessToken: { format: 'opaque' } } });
    const first = await login(server);
    const second = await refresh(server, tokenOf(first));
    const third = await refresh(server, tokenOf(second));
    expectOk(third);
    const ended = await login(server);
    await revoke(server, tokenOf(ended));

    const text = await dump();
    const real = [first, second, third, ended].flatMap((answer) => [tokenOf(answer), String(answer.json['access_token'])]);
    for (const token of real) expect(text.includes(token)).toBe(false);
    expect(text.includes(hashOf(tokenOf(third)))).toBe(true);

    const id = tokenOf(third).split('.')[0] ?? '';
    const family = await store.findFamily(id);
    if (!family) throw new Error('the session is not there');
    const pieces = [...new Set(text.match(/[A-Za-z0-9_-]{20,}/g) ?? [])];
    expect(pieces).toEqual(expect.arrayContaining([family.secret, family.current]));
    const built = pieces.flatMap((piece) => [
      piece,
      `at_${piece}`,
      `${id}.${piece}`,
      forgeRefreshToken(family, Buffer.from(piece.padEnd(32, 'A'), 'base64url').subarray(0, 24)),
      forgeSuccessor(family, piece),
    ]);
    for (const token of built) {
      expect((await R(server, token)).status).toBe(401);
      expect((await introspect(server, token)).json).toEqual({ active: false });
    }

    // The forger's tools are right: with the text of an old token they lead to the present one, as SECURITY.md says.
    expect([forgeSuccessor(family, tokenOf(first)), forgeSuccessor(family, tokenOf(second))]).toEqual([tokenOf(second), tokenOf(third)]);

    // A forged seal is good for one thing: to be taken for a replay.
    passTime(3);
    expect((await introspect(server, tokenOf(third))).json['active']).toBe(true);
    for (const token of built) expect((await refresh(server, token)).status).toBe(400);
    await server.close();
    await close();
  });
});
