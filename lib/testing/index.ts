export { accessTokenFor, type TestTokenRequest } from './access-token';
export * from './store-contract';
