import type { Request } from 'express';
import { createMountCheck } from '../../lib/endpoints/mount-check';

const at = (baseUrl: string): Request => ({ baseUrl }) as Request;

describe('a router that does not stand where its issuer says', () => {
  const said: unknown[][] = [];
  beforeEach(() => {
    said.length = 0;
    jest.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => { said.push(args); });
  });
  afterEach(() => { jest.restoreAllMocks(); });

  it.each([
    ['https://auth.example/oauth', '/oauth'],
    ['https://auth.example/oauth/', '/oauth'],
    ['https://auth.example', ''],
    ['https://auth.example/', ''],
    ['https://auth.example/a/b', '/A/b'],
    ['https://auth.example/OAuth', '/oauth'],
  ])('is one where %s is mounted at anything but %j', (issuer, mounted) => {
    createMountCheck(issuer)(at(mounted));
    expect(said).toEqual([]);
    createMountCheck(issuer)(at(`${mounted}/x`));
    expect(said).toHaveLength(1);
  });

  it.each([
    ['https://auth.example/oauth', '', '"/oauth"', '"/"'],
    ['https://auth.example', '/oauth', '"/"', '"/oauth"'],
  ])('tells the operator both places and the cure: %s at %j', (issuer, mounted, expected, found) => {
    createMountCheck(issuer)(at(mounted));
    expect(said).toEqual([[
      `The issuer says that the OAuth router is mounted at ${expected}, but it is mounted at ${found}: mount it there, or correct the issuer. Behind a proxy that strips a prefix this is as it should be.`,
      { type: 'OAuthWarning', code: 'OAUTH_MOUNT' },
    ]]);
  });

  it('is told of at the first request, and never again', () => {
    const check = createMountCheck('https://auth.example/oauth');
    for (const mounted of ['/x', '/x', '/y']) check(at(mounted));
    expect(said).toHaveLength(1);
    const right = createMountCheck('https://auth.example/oauth');
    for (const mounted of ['/oauth', '/x']) right(at(mounted));
    expect(said).toHaveLength(1);
  });
});
