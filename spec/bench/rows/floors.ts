import { CLIENT_ID, CREDENTIALS_BODY, formPost, ISSUER, KEYS, SECRET_SHA256, bearerGet, signToken } from '../fixtures';
import type { Row, ServerPlan } from '../row';

const floor: ServerPlan = { module: 'servers/floor.js' };
const raw: ServerPlan = { module: 'servers/raw.js', config: { secret: KEYS.HS256.sign, id: CLIENT_ID, secretSha256: SECRET_SHA256, issuer: ISSUER } };
const get = (): ReturnType<Row['load']> => ({ requests: [bearerGet(signToken('HS256'))], expect: '"for":"user-1"' });
const post = (): ReturnType<Row['load']> => ({ requests: [formPost(CREDENTIALS_BODY)], expect: '"scope":"storage"' });

export const BARE: Row = { name: 'floor: Express route', floor: 'bare', server: floor, load: get };
export const FORM: Row = { name: 'floor: Express route, urlencoded body', floor: 'form', server: floor, load: post };

export const floorRows: readonly Row[] = [
  { name: 'Express route, createServer', floor: 'bare', server: { ...floor, born: true }, load: get },
  { name: 'Express route, urlencoded body, createServer', floor: 'form', server: { ...floor, born: true }, load: post },
  { name: 'raw node:http, HS256 token by hand', floor: 'form', server: raw, load: () => ({ requests: [formPost(CREDENTIALS_BODY)], expect: '"access_token":"' }) },
  { name: 'raw node:http, HS256 check by hand', floor: 'bare', server: raw, load: get },
];
