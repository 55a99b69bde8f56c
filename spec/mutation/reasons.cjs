'use strict';
// Why a mutant may live: file → [part of the line or of the mutant as the list shows it, reason].
const types = 'equal: the value decides the same a step later; the condition is there for the types';

module.exports = {
  'lib/bearer/auth.ts': [['resource !== undefined →', `${types}: no URL can be read from undefined`]],
  'lib/bearer/require-bearer.ts': [['header === undefined →', `${types}: undefined matches neither pattern`]],
  'lib/grants/policy.ts': [['client.defaultScopes ?? []', 'equal: what stands there instead is no scope of any client, and falls out at once']],
  'lib/grants/user.ts': [['claims !== null', 'equal: null is an object and no array, so the rest of the line lets it pass']],
  'lib/grants/own-grant.ts': [
    ["typeof value !== 'object' || value === null", 'equal: the prototype of a primitive or a function is never nobody\'s child, and null was answered for before; the line is there for the types'],
  ],
};
