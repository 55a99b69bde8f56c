import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version in the package's own package.json, two folders up from here in `lib` as in `dist`. */
export function version(): string {
  const { version: found } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { readonly version: string };
  return found;
}
