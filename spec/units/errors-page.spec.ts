import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

const filesIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });

/** What a template holds is told apart by the reader, so the page may write `…` for it. */
const asTold = (text: string): string => text.replace(/\$\{[^}]*\}/g, '…');
const told = page.replaceAll('`', '');

describe('docs/errors.md', () => {
  const source = filesIn(join(root, 'lib')).map((path) => readFileSync(path, 'utf8')).join('\n');

  it('explains every description that a client may read', () => {
    const descriptions = [...source.matchAll(/(?:new OAuthError\('[a-z_]+', |invalidRequest\()['`]([^'`]+)['`]/g)].map(([, text = '']) => asTold(text));
    expect(descriptions.length).toBeGreaterThan(25);
    const examples: Readonly<Record<string, string>> = {
      'This endpoint takes …': 'This endpoint takes POST',
      'The body may have at most … bytes': 'The body may have at most 32768 bytes',
      'The parameter … is missing': 'The parameter grant_type is missing',
      'The parameter … may have at most … bytes': 'The parameter … may have at most 1024 bytes',
      'The parameter token is missing': 'likewise username, password, refresh_token, token',
      'The parameter refresh_token is missing': 'likewise username, password, refresh_token, token',
      'The authorization server answered without a bearer token': 'answered something that is no token answer',
      'The authorization server did not answer': 'it did not answer',
      'The metadata of the authorization server could not be read': 'its metadata could not be read',
    };
    expect(descriptions.filter((text) => !told.includes(examples[text] ?? text))).toEqual([]);
  });

  it('explains every warning', () => {
    const codes = [...source.matchAll(/'(OAUTH_[A-Z_]+)'/g)].map(([, code = '']) => code);
    expect(codes.length).toBeGreaterThanOrEqual(5);
    expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
