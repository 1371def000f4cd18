import { describe, expect, it } from 'vitest';
import { redirectTarget, request } from '../../src/fetch/request.js';
import { serve } from './server.js';

const get = (url: string) => request(url, {}, new AbortController().signal);

describe('request', () => {
  it('follows redirects, relative ones too', async () => {
    const server = await serve((asked, response) => {
      const next = { '/a': 'b', '/b': '/c?x=1', '/c?x=1': `${server.url}/d` }[asked.url ?? ''];
      if (next === undefined) response.end('here');
      else response.writeHead(302, { location: next }).end();
    });
    expect(await (await get(`${server.url}/a`)).text()).toBe('here');
    expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b', '/c?x=1', '/d']);
  });

  it('ends a loop after five', async () => {
    const server = await serve((_, response) => response.writeHead(301, { location: '/again' }).end());
    await expect(get(server.url)).rejects.toThrow(
      `more than 5 redirects, the last one to ${server.url}/again`,
    );
    expect(server.requests).toHaveLength(6);
  });

  it.each([
    ['no address', undefined, 'redirects to nowhere'],
    ['a malformed address', 'http://[', 'redirects to nowhere'],
    ['a file', 'file:///etc/passwd', 'to file:///etc/passwd refused'],
    ['another protocol', 'ftp://example.org/x', 'to ftp://example.org/x refused'],
    ['a user and password', 'https://user:pass@example.org/x', 'refused'],
  ])('refuses a redirect to %s', async (_, location, message) => {
    const server = await serve((_, response) => response.writeHead(302, location ? { location } : {}).end());
    await expect(get(server.url)).rejects.toThrow(message);
    expect(server.requests).toHaveLength(1);
  });
});

describe('redirectTarget', () => {
  const secure = new URL('https://example.org/a');

  it('does not go from https to http, unless the source itself is http', () => {
    expect(() => redirectTarget('http://example.org/b', secure, false)).toThrow(
      'redirect from https://example.org/a to http://example.org/b refused',
    );
    expect(redirectTarget('http://example.org/b', secure, true).href).toBe('http://example.org/b');
    expect(redirectTarget('//cdn.example.org/b', secure, false).href).toBe('https://cdn.example.org/b');
  });
});
