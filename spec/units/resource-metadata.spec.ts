import { canHaveMetadata, createMetadataFor, resourceMetadata, resourceMetadataPath, resourceMetadataUrl, servesResource } from '../../lib/resource-metadata';

const issuer = 'https://auth.example/oauth';
const FILES = 'https://api.example/files';
const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const serves = (resource: string, originalUrl: string): boolean => servesResource(resource, { originalUrl });

describe('the metadata of a protected resource', () => {
  it('says what is true, and leaves out what would be empty (RFC 9728 §3.2)', () => {
    expect(resourceMetadata({ resource: FILES, issuer, scopes: ['a', 'b'] })).toEqual({ resource: FILES, authorization_servers: [issuer], scopes_supported: ['a', 'b'], bearer_methods_supported: ['header'] });
    expect(resourceMetadata({ resource: FILES, issuer, scopes: [] })).toEqual({ resource: FILES, authorization_servers: [issuer], bearer_methods_supported: ['header'] });
  });

  it('is there for URLs that a client can open, and for nothing else (RFC 9728 §1.2)', () => {
    for (const resource of [FILES, 'https://api.example', 'https://api.example/?tenant=1', 'http://localhost:3000/']) expect(canHaveMetadata(resource)).toBe(true);
    for (const resource of ['files', 'urn:example:files', 'http://api.example/files', 'https://api.example/#files', '']) expect(canHaveMetadata(resource)).toBe(false);
  });

  it.each([
    ['https://api.example', 'https://api.example', ''],
    ['https://api.example/', 'https://api.example', ''],
    ['https://api.example/files', 'https://api.example', '/files'],
    ['https://api.example/files/', 'https://api.example', '/files/'],
    ['https://api.example:8443/a/b', 'https://api.example:8443', '/a/b'],
    ['https://API.example/Files', 'https://API.example', '/Files'],
    ['HTTPS://api.example/files', 'HTTPS://api.example', '/files'],
    ['http://[::1]:3000/files', 'http://[::1]:3000', '/files'],
    ['https://api.example/files?tenant=1', 'https://api.example', '/files?tenant=1'],
    ['https://api.example/?tenant=1', 'https://api.example', '?tenant=1'],
    ['https://api.example?tenant=1', 'https://api.example', '?tenant=1'],
    ['https://api.example/files?next=/a?b', 'https://api.example', '/files?next=/a?b'],
    ['https://api.example/%7Euser', 'https://api.example', '/%7Euser'],
  ])('stands between host and path, byte by byte: %s (RFC 9728 §3.1)', (resource, origin, behind) => {
    expect(resourceMetadataPath(resource)).toBe(WELL_KNOWN + behind);
    expect(resourceMetadataUrl(resource)).toBe(origin + WELL_KNOWN + behind);
  });
});

describe('a request', () => {
  it.each([
    [FILES, '/files'], [FILES, '/files/'], [FILES, '/files/a/b'], [FILES, '/files?x=1'], [FILES, '/files/a?x=/mail'],
    ['https://api.example/files/', '/files'], ['https://api.example/files/', '/files/a'],
    ['https://api.example', '/'], ['https://api.example', '/a?x'], ['https://api.example/', '/a'],
    ['https://api.example/files?tenant=1', '/files?tenant=1'], ['https://api.example/files?tenant=1', '/files/a?tenant=1'],
  ])('for %s is one for %s', (resource, url) => {
    expect(serves(resource, url)).toBe(true);
  });

  it.each([
    [FILES, '/'], [FILES, '/filesystem'], [FILES, '/other/files'], [FILES, '/Files'], [FILES, '/?x=/files'], [FILES, '/mail?/files/'], [FILES, ''],
    ['https://api.example/files?tenant=1', '/files'], ['https://api.example/files?tenant=1', '/files?tenant=2'], ['https://api.example/files?tenant=1', '/files?tenant=1&x'], ['https://api.example/files?tenant=1', '/mail?tenant=1'],
    ['https://api.example/a//', '/a'],
  ])('for %s is none for %s', (resource, url) => {
    expect(serves(resource, url)).toBe(false);
  });

  it('is for the first of the resources that it lies under; what is no URL has no document', () => {
    const metadataFor = createMetadataFor(['files', 'http://api.example/mail', 'https://api.example/files/private', FILES, 'https://other.example/']);
    const urlOf = (originalUrl: string): string | undefined => metadataFor({ originalUrl });
    expect(urlOf('/files/private/a')).toBe(`https://api.example${WELL_KNOWN}/files/private`);
    expect(urlOf('/files/a')).toBe(`https://api.example${WELL_KNOWN}/files`);
    expect(urlOf('/mail')).toBe(`https://other.example${WELL_KNOWN}`);
    expect(createMetadataFor([FILES])({ originalUrl: '/mail' })).toBeUndefined();
    expect(createMetadataFor(['files'])({ originalUrl: '/files' })).toBeUndefined();
    expect(createMetadataFor([])({ originalUrl: '/' })).toBeUndefined();
  });

  it('is not offered to a request of which nobody knows the URL', () => {
    expect(servesResource(FILES, {})).toBe(false);
    expect(createMetadataFor(['https://api.example/'])({})).toBeUndefined();
  });
});
