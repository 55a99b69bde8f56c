'use strict';
// Which specs hold which file: those whose subject it is, not all that happen to pass through.
// A spec that starts a process, an engine or a browser is not among them: each mutant would cost seconds.
const compliance = (...names) => names.map((name) => `spec/compliance/${name}.spec.ts`);
const flows = (...names) => names.map((name) => `spec/flows/${name}.spec.ts`);
const contracts = (...names) => names.map((name) => `spec/contracts/${name}.spec.ts`);
const units = (...names) => names.map((name) => `spec/units/${name}.spec.ts`);

const hashing = [...units('hash-queue', 'secrets', 'clients'), ...flows('faults')];
const authentication = [...units('clients'), ...compliance('client-authentication'), ...flows('faults', 'events')];
const jwt = [...units('tokens', 'keys', 'options'), ...compliance('jwt-access-tokens')];
const sessions = [...units('tokens', 'refresh-tokens'), ...compliance('refresh', 'revocation'), ...flows('lifetimes', 'refresh-descent', 'revoked-means-refused', 'stores/one-trip-refresh')];

/** Room → file → specs; `*` is every other file of the room. A room is `lib/<name>/`. */
module.exports = {
  grants: {
    'own-grant': [...units('grants'), ...flows('own-grants')],
    password: [...units('grants'), ...compliance('grants', 'throttle'), ...flows('faults', 'events')],
    policy: [...units('grants'), ...flows('scopes', 'own-grants'), ...compliance('resource-indicators', 'grants')],
    'refresh-token': [...units('grants'), ...compliance('refresh'), ...flows('faults', 'refresh-descent', 'scopes', 'events')],
    user: [...units('grants'), ...flows('faults', 'scopes', 'userinfo'), ...compliance('grants')],
    '*': [...units('grants'), ...compliance('grants'), ...flows('scopes')],
  },
  clients: {
    'hash-queue': hashing,
    lanes: hashing,
    secrets: hashing,
    'prove-secret': [...hashing, ...compliance('client-authentication'), ...flows('red-team/equal-work')],
    remembered: [...hashing, ...compliance('client-authentication')],
    '*': authentication,
  },
  tokens: {
    claims: [...jwt, ...compliance('opaque-tokens')],
    'access-tokens': [...jwt, ...compliance('opaque-tokens'), ...flows('key-rotation', 'revoked-means-refused')],
    'id-tokens': [...units('keys'), ...compliance('id-token')],
    keys: [...jwt, ...flows('key-rotation')],
    'public-keys': [...jwt, ...flows('key-rotation')],
    'refresh-tokens': sessions,
    'refresh-token-text': sessions,
    revocable: sessions,
    revocations: sessions,
    revoke: sessions,
    lifetimes: sessions,
    hash: sessions,
    generations: sessions,
    '*': jwt,
  },
  bearer: {
    '*': [...units('bearer'), ...compliance('require-bearer', 'require-bearer-faults'), ...flows('scopes', 'events')],
  },
  http: {
    basic: [...units('http-basic'), ...compliance('client-authentication')],
    body: [...units('http-body'), ...flows('body-parsers')],
    'plain-body': units('http-body'),
    '*': units('http-form', 'http-answers'),
  },
  endpoints: {
    introspect: [...compliance('introspection', 'throttle'), ...flows('what-is-wrong')],
    revoke: [...compliance('revocation', 'throttle'), ...flows('what-is-wrong')],
    userinfo: flows('userinfo', 'what-is-wrong'),
    documents: compliance('metadata'),
    metadata: compliance('metadata'),
    'mount-check': units('mount-check'),
    'well-known': [...compliance('metadata'), ...flows('factories')],
    issue: [...compliance('grants', 'id-token'), ...flows('events', 'lifetimes')],
    method: flows('what-is-wrong'),
    endpoint: [...flows('what-is-wrong', 'faults', 'clients-on-the-wire'), ...compliance('client-authentication', 'responses')],
    mount: [...flows('what-is-wrong', 'userinfo', 'faults'), ...compliance('metadata', 'token-http')],
    token: [...flows('what-is-wrong', 'events', 'faults'), ...compliance('token-http', 'responses', 'grants')],
    'read-request': [...flows('what-is-wrong'), ...compliance('token-http')],
    '*': [...flows('what-is-wrong', 'events'), ...compliance('token-http', 'responses', 'grants', 'metadata')],
  },
  options: {
    throttle: units('options-throttle', 'options'),
    'resource-server-settings': units('options-resource-server'),
    '*': units('options', 'options-checks', 'options-throttle', 'options-resource-server'),
  },
  throttle: {
    charge: units('throttle-charge'),
    counter: units('throttle-charge'),
    turns: units('throttle', 'throttle-charge'),
    known: units('throttle-shared'),
    shared: units('throttle-shared'),
    suspects: units('throttle-shared'),
    'trust-proxy': units('throttle-trust-proxy'),
    guess: units('throttle-guess'),
    rules: units('throttle-rules'),
    names: units('throttle'),
    network: units('throttle'),
    tally: units('throttle'),
    limits: units('throttle'),
    '*': [...units('throttle'), ...compliance('throttle')],
  },
  remote: {
    introspect: units('remote-introspect'),
    respite: units('remote-verify'),
    'verify-by-introspection': [...units('remote-verify'), ...compliance('resource-server')],
    'verify-by-keys': [...units('remote-verify'), ...compliance('resource-server')],
    '*': [...units('remote', 'remote-issuer'), ...compliance('resource-server')],
  },
  client: {
    discovery: units('client-discovery'),
    options: units('client-options'),
    held: units('small-things'),
    '*': flows('token-client', 'token-client-odd-servers'),
  },
  // Redis, PostgreSQL and SQLite are engines, whose specs do not run here.
  stores: {
    memory: contracts('memory-store', 'memory-bounds'),
    answers: units('stores-answers'),
    rotation: units('stores-answers'),
    'memory/tokens': [...units('stores-tokens'), ...contracts('memory-store', 'memory-bounds')],
    'memory/shelf': [...units('stores-shelf'), ...contracts('memory-store', 'memory-bounds')],
    'memory/pack': [...units('stores-pack'), ...contracts('memory-store')],
    'memory/revocations': [...units('stores-revocations'), ...contracts('memory-store', 'memory-bounds')],
    'memory/lane': [...units('stores-lane'), ...contracts('memory-store', 'memory-bounds')],
    '*': contracts('memory-store', 'memory-bounds'),
  },
  server: {
    '*': flows('create-server'),
  },
  testing: {
    'access-token': flows('testing-helpers'),
    '*': [...contracts('memory-store'), ...flows('testing-helpers')],
  },
  // The files of `lib` itself.
  '.': {
    errors: units('errors'),
    scopes: [...units('grants'), ...flows('scopes')],
    urls: units('ground-floor'),
    patience: units('ground-floor'),
    events: units('ground-floor'),
    ids: units('ground-floor'),
    warn: units('small-things'),
    random: units('small-things'),
    resources: units('small-things'),
    openapi: flows('recipes'),
    'resource-metadata': units('resource-metadata'),
    'resource-server': flows('factories'),
    'oauth-router': flows('factories'),
    '*': [...units('options', 'tokens', 'keys'), ...compliance('metadata', 'grants'), ...flows('events', 'faults')],
  },
};
