/// <reference lib="dom" />
import { Router, static as serveFiles } from 'express';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import type { OAuthRouter } from 'express-token-endpoint';

export interface PlaygroundOptions {
  /** Filled into the Authorize dialog; the secret of a client that exists for this page alone. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The app's own paths, in OpenAPI's words. */
  readonly paths: Readonly<Record<string, object>>;
}

/** A page on which a person logs in with either grant and calls the protected routes: Swagger UI over `oauth.openapi()`. */
export function playground(oauth: OAuthRouter, { clientId, clientSecret, paths }: PlaygroundOptions): Router {
  const router = Router();
  router.get('/openapi.json', (_req, res) => {
    const part = oauth.openapi();
    res.json({ openapi: '3.1.0', info: { title: 'Playground', version: '1' }, ...part, paths: { ...paths, ...part.paths } });
  });
  router.get('/', (_req, res) => {
    res.type('html').send(page({ clientId, clientSecret }));
  });
  router.use(serveFiles(getAbsoluteFSPath(), { index: false }));
  return router;
}

const page = (prefilled: { readonly clientId: string; readonly clientSecret: string }): string => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Playground</title>
  <link rel="stylesheet" href="swagger-ui.css">
  <link rel="icon" href="favicon-32x32.png">
</head>
<body>
  <div id="ui"></div>
  <script src="swagger-ui-bundle.js"></script>
  <script>
    const ui = SwaggerUIBundle({ url: 'openapi.json', dom_id: '#ui' });
    ui.initOAuth(${JSON.stringify(prefilled)});
  </script>
</body>
</html>`;
