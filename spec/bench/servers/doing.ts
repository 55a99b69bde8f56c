import express, { type Express } from 'express';
import type { Call } from '../alone';
import { CONNECTIONS } from '../row';
import rotation from './alone/rotation';
import signature from './alone/signature';
import type { StoreKind } from './stores';

type Config = { readonly key: string } | { readonly store: StoreKind };

const makeCall = async (config: Config): Promise<Call> => ('key' in config ? signature(config) : rotation(config));

/** A route with a form, as the floor has it, that awaits one call and answers: what a request allows that needs it. */
export default async function doing(config: Config): Promise<Express> {
  const call = await makeCall(config);
  // Each call on behalf of a connection that has none under way, as the drivers of what runs alone have it.
  const idle = Array.from({ length: CONNECTIONS }, (_, connection) => connection);
  const app = express();
  app.post('/oauth/token', express.urlencoded({ extended: false }), (req, res, next) => {
    const connection = idle.pop() ?? 0;
    call(connection).then(() => {
      idle.push(connection);
      res.json({ scope: (req.body as { scope: string }).scope });
    }, next);
  });
  return app;
}
