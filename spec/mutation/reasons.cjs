'use strict';
// Why a mutant may live: file → [part of the line or of the mutant as the list shows it, reason].
const types = 'equal: the value decides the same a step later; the condition is there for the types';
const thrown = 'equal: where it is missing or wrong there is a problem, and all problems are thrown before anyone reads the settings';

module.exports = {
  'lib/client/options.ts': [["'' →", 'equal: a missing clientId is thrown before anyone reads the settings, and there is an issuer where there is no token endpoint']],
  'lib/stores/memory/lane.ts': [['=== undefined', `${types}: key and record come and go in pairs, and no record of a Map is undefined`]],
  'lib/stores/memory/revocations.ts': [
    ["'' → \"Stryker", 'equal: of what is read there only the number is used'],
    ['since - 1', 'equal: one page too many is looked at, and what is on it was read before'],
  ],
  'lib/stores/memory/tokens.ts': [["'' →", `${types}: a pattern has a first piece, and a record a text for each gap`]],
  'lib/bearer/auth.ts': [['resource !== undefined →', `${types}: no URL can be read from undefined`]],
  'lib/bearer/require-bearer.ts': [['header === undefined →', `${types}: undefined matches neither pattern`]],
  'lib/grants/policy.ts': [['client.defaultScopes ?? []', 'equal: what stands there instead is no scope of any client, and falls out at once']],
  'lib/grants/user.ts': [['claims !== null', 'equal: null is an object and no array, so the rest of the line lets it pass']],
  'lib/options/grant-list.ts': [['return []', thrown]],
  'lib/options/key-list.ts': [['return []', thrown]],
  'lib/options/resource-server-settings.ts': [["?? ''", thrown], ['?? []', thrown]],
  'lib/options/settings.ts': [["?? ''", thrown]],
  'lib/clients/authenticate.ts': [
    ['credentials.readings[0]?.id', `${types}: there is always a reading`],
  ],
  'lib/clients/client.ts': [
    ["value !== ''", 'equal: an empty secret is dropped before it is looked at'],
  ],
  'lib/clients/credentials.ts': [['secret !== undefined', `${types}: undefined holds no control character`]],
  'lib/clients/hash-queue.ts': [
    ['takeFromLongest()?.', `${types}: the longest lane has one`],
    ['UV_THREADPOOL_SIZE', 'equal on the two cores that this was run on: one in flight, whatever the pool has'],
    ['availableParallelism(), poolSize', 'equal on the two cores that this was run on'],
    ['* IN_FLIGHT', 'equal on the two cores that this was run on: one in flight'],
  ],
  'lib/clients/prove-secret.ts': [
    ["'00'", 'equal: any cost is dearer than either'],
    ['cost > dearestCost', 'equal: the one is put in place of the same'],
    ['[FAKE_SHA256]', 'equal in what it answers; it is there for the clock: one SHA-256 for nobody'],
    ['client?.secret', `${types}: without a client there is the fake hash, and no look at a secret in plain`],
  ],
  'lib/clients/remembered.ts': [['age <= LIFETIME', 'harmless: a generation is renewed one millisecond later']],
  'lib/clients/secrets.ts': [
    ["'bcrypt'", 'equal: whatever is not sha256 is bcrypt'],
    ["'$2y$'", 'equal up to 72 bytes: $2a$ is then read as $2b$, which differs for longer secrets alone'],
  ],
  'lib/server/born-for.ts': [
    ["process.version === ''", 'equal: false either way, and so that no bundler sees it'],
    ['if (never)', 'equal: what is never done; V8 reads it, nobody runs it'],
  ],
  'lib/endpoints/introspect.ts': [
    ['answer === undefined → true', 'equal: what could be described was issued'],
    ['[] → ["Stryker was here"]', 'equal: no token is meant for a resource of that name'],
  ],
  'lib/endpoints/issue.ts': [['=== undefined → false', 'equal: JSON leaves out a member that is undefined, and a listener of events reads undefined either way']],
  'lib/endpoints/mount.ts': [['/token', 'equal: the short way to the token endpoint gives what the router would']],
  'lib/throttle/names.ts': [['PLAIN', 'equal: the long way leaves such a name as it is'], ['/^[a-z0-9@._-]', 'equal: the long way leaves such a name as it is']],
  'lib/throttle/network.ts': [['[] →', `${types}: a text split has a first piece`], ['[] → ["Stryker', `${types}: a text split has a first piece`]],
  'lib/throttle/shared.ts': [['() => 0 →', 'equal: no number is no wait either']],
  'lib/http/percent.ts': [
    ["text.includes('+')", 'equal: there is nothing to replace where there is none'],
    ["spaced.includes('%')", 'equal: what holds no escape decodes to itself; the condition saves the call'],
    ['{ … → {}', 'equal: a function that ends answers undefined'],
  ],
  'lib/http/send.ts': [
    ["?? ''", `${types}: the name is one of the object's own`],
    ['=== undefined → false', 'equal: JSON leaves out a member that is undefined'],
    ['length === text.length', 'equal: both ways write the same bytes; the condition picks the quicker'],
  ],
  'lib/http/headers.ts': [
    ['value === undefined → false', `equal: no line of it is counted, and what is answered is undefined too`],
    ['i <= lines.length', 'equal: behind the last there is no line'],
    ['line?.length', 'equal: the length is looked at first because that is quicker'],
  ],
  'lib/http/basic.ts': [
    ["!latin1.includes(':')", 'equal: what holds no colon has an empty id, which is no credential'],
    ['!/[%+]/.test(id)', 'equal: all readings are then the same one, which stands once; the condition saves the work'],
  ],
  'lib/http/plain-body.ts': [
    ['{ … → {}', 'equal: the general reader reads such a body too, in three times as long'],
    ['length !== undefined &&', 'equal: the general reader reads such a body too, in three times as long'],
    ['length !== undefined', 'equal: chunks have no length, which no number is below'],
    ['Number(length) <= limit', 'equal: the general reader reads such a body too'],
    ['req.complete', 'equal: what is not taken whole is listened for'],
    ['new Promise((resolve)', 'equal: what has not come yet is listened for, which takes longer'],
    ['chunks.length === 1', 'equal: it saves copying'],
    ['!req.readableEnded → true', 'equal: what has been answered is not answered again'],
    ["'the connection was closed", 'equal: nobody is left to read it, and the operator is not told of a client that hangs up'],
  ],
  'lib/http/body.ts': [
    ["charset = ''", `${types}: the group always matches`],
    ['type === undefined → false', `${types}: undefined is not the type either`],
    ['error === null', 'equal: body-parser hands on undefined; null is what it may hand on'],
  ],
  'lib/urls.ts': [
    ["typeof value !== 'string'", `${types}: what is no string is no URL either`],
    ["/^https?", 'equal: what stands before is refused by the protocol that the URL then has'],
    ["protocol === 'http:'", 'equal: no third protocol gets through the pattern'],
  ],
  'lib/events.ts': [['channel.hasSubscribers', 'equal: what is published to nobody is heard by nobody']],
  'lib/ids.ts': [['id.slice(0, 8)', 'equal: six bytes are read, whatever follows']],
  'lib/errors.ts': [['options.uri !== undefined', `${types}: undefined is a text that fits`]],
  'lib/tokens/algorithms.ts': [
    ["?? ''", 'equal: each EC algorithm has its curve'],
    ['asymmetricKeyDetails?.', `${types}: every RSA key has details`],
    ['details?.modulusLength', `${types}: every RSA key has details`],
    ["'rsa' → \"\"", 'equal: what is neither HMAC, EC nor PSS is RSA with PKCS#1'],
  ],
  'lib/tokens/access-tokens.ts': [['found → true', 'equal: an entry that says nothing is asked for again, as if it were not there']],
  'lib/tokens/id-tokens.ts': [["'ascii'", 'equal: a token is ASCII, which UTF-8 writes the same']],
  'lib/tokens/jws.ts': [
    ['kid === undefined', 'equal: JSON leaves out a member that is undefined'],
    ['RSA_PKCS1_PADDING', 'equal: it is what Node takes for an RSA key; said for the reader'],
    ['text === undefined', `${types}: undefined is no JSON either`],
    ['value !== null', `${types}: null is no header and no payload either`],
    ['{ … → {}', 'equal: a function that ends answers undefined'],
  ],
  'lib/tokens/public-keys.ts': [
    ['verifyWith.asymmetricKeyDetails', `${types}: every public key has details`],
    ["?? ''", 'equal: no curve has that name'],
    ['{ … → {}', 'equal: a function that ends answers undefined'],
    ["typeof key === 'object' →", `${types}: what is no object throws a line later, inside the same try`],
    ['key !== null →', `${types}: null throws a line later, inside the same try`],
  ],
  'lib/tokens/refresh-tokens.ts': [['userId === undefined', 'equal: a user who is undefined is on no list']],
  'lib/tokens/revocable.ts': [['[] → ["Stryker was here"]', 'equal: nothing on the list has that key']],
  'lib/tokens/revocations.ts': [
    ['known.size', 'equal: an empty list covers nothing; the condition saves looking'],
    ['-Infinity → +Infinity', 'equal: an age below zero is as stale as one that is too great'],
  ],
  'lib/grants/own-grant.ts': [
    ["typeof value !== 'object' || value === null", 'equal: the prototype of a primitive or a function is never nobody\'s child, and null was answered for before; the line is there for the types'],
  ],
};
