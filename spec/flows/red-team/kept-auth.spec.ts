import type { RequestHandler } from 'express';
import { expectError } from '../../support/expect';
import { bearer } from '../../support/http';
import { forge } from '../../support/jwt';
import { G, serveGuarded } from '../../support/guarded';
import { MAJORS } from '../../support/serve';

const STRANGER = { subject: 'admin' };

/** Middleware whose `auth` takes no other value. */
const KEEPERS: readonly [string, PropertyDescriptor][] = [
  ['an accessor that drops what is set', { get: () => STRANGER, set: () => undefined }],
  ['a constant', { value: STRANGER }],
];

describe.each(MAJORS)('with Express %i', (express) => {
  it.each(KEEPERS)('BR-20 BR-21 runs no handler that would see the auth of other middleware: %s', async (_what, property) => {
    const keep: RequestHandler = (req, _res, next) => {
      Object.defineProperty(req, 'auth', property);
      next();
    };
    const server = await serveGuarded(express, (oauth) => [keep, oauth.requireBearer('a')]);
    expectError(await G(server, bearer(forge())), 500, 'server_error');
    expect(server.ran()).toBe(0);
    expect(server.events).toMatchObject([{ type: 'fault', where: 'requireBearer' }]);
  });
});
