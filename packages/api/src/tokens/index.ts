export { Audit, readAudit, type AuditEntry } from './audit.js';
export { WrongTokens } from './wrong-tokens.js';
export { makeLogin, takeLogin } from './login-links.js';
export * from './scope.js';
export { digestOf, isExpired, type TokenRecord } from './token.js';
export { TokenBook } from './token-book.js';
export { isWithin, TokenFiles, type MadeToken, type NewToken } from './token-files.js';
