/** The light part of this package, which the command line uses. It loads no framework. */
export { readAddress, type ApiAddress } from './program/address-file.js';
export { readAudit, type AuditEntry } from './tokens/audit.js';
export { makeLogin } from './tokens/login-links.js';
export { isVerb, serverPattern, verbs, wholeBox, type Scope, type Verb } from './tokens/scope.js';
export { TokenFiles, type MadeToken, type NewToken } from './tokens/token-files.js';
export { isExpired, type TokenRecord } from './tokens/token.js';
