import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { resourceServer, type OAuthEvent, type ResourceServer, type ResourceServerOptions } from '../../lib';
import { AUDIENCE_1, EXPRESS, listen, type ExpressMajor } from './app';
import { forThisTest } from './for-this-test';

export interface Resource {
  readonly url: string;
  readonly resources: ResourceServer;
  readonly events: OAuthEvent[];
  /** The `req.auth` of each request that a handler ran for. */
  readonly handled: unknown[];
  /** The causes of its faults, as text with all that caused them. */
  faults(): string[];
  close(): Promise<void>;
}

/** An app in front of whose routes `resourceServer` stands: `/resource` needs scope `a`, `/user` a user. */
export async function resource(options: Partial<ResourceServerOptions> & Pick<ResourceServerOptions, 'issuer'>, major: ExpressMajor = 5): Promise<Resource> {
  const events: OAuthEvent[] = [];
  const handled: unknown[] = [];
  const resources = resourceServer({ audience: AUDIENCE_1, onEvent: (event) => events.push(event), ...options });
  const app: Express = EXPRESS[major]();
  app.use(resources.wellKnown);
  app.all(/\/resource$/, resources.requireBearer('a'), (req, res) => {
    handled.push(req.auth);
    res.json({ auth: req.auth });
  });
  app.get('/user', resources.requireBearer([], { user: true }), (req, res) => {
    handled.push(req.auth);
    res.json({ auth: req.auth });
  });
  const server = await listen(app);
  const made = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    resources,
    events,
    handled,
    faults: () => events.flatMap((event) => (event.type === 'fault' ? [explain(event.cause)] : [])),
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await resources.close();
    },
  };
  return forThisTest(made);
}

/** An error with everything behind it. */
function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const more = [...(cause instanceof AggregateError ? (cause.errors as unknown[]) : []), cause.cause].filter((one) => one !== undefined);
  return [cause.message, ...more.map(explain)].join(' < ');
}
