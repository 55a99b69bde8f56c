import express, { type Express } from 'express';

/** Express routes that do nothing: what there is to reach. */
export default function floor(): Express {
  const app = express();
  app.get('/files', (_req, res) => {
    res.json({ for: 'user-1' });
  });
  app.post('/oauth/token', express.urlencoded({ extended: false }), (req, res) => {
    res.json({ scope: (req.body as { scope: string }).scope });
  });
  return app;
}
