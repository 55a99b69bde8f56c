import bcrypt from 'bcrypt';
import type { Express } from 'express';
import ours, { type OursConfig } from './ours';

/** `ours`, with a route that tells how often bcrypt has been asked. */
export default async function counted(config: OursConfig): Promise<Express> {
  const { compare } = bcrypt;
  let hashes = 0;
  bcrypt.compare = ((...args: Parameters<typeof compare>) => {
    hashes += 1;
    return compare(...args);
  }) as typeof compare;
  const app = await ours(config);
  app.get('/hashes', (_req, res) => {
    res.json({ hashes });
  });
  return app;
}
