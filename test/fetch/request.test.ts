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
  const secure = new URL('https://93.184.216.34/a');
  const plain = new URL('http://93.184.216.34/a');

  it('does not go to http, unless on the host that was asked over http', async () => {
    await expect(redirectTarget('http://93.184.216.34/b', secure, secure)).rejects.toThrow(
      'redirect from https://93.184.216.34/a to http://93.184.216.34/b refused',
    );
    await expect(redirectTarget('http://93.184.216.35/b', plain, plain)).rejects.toThrow('refused');
    expect((await redirectTarget('/b', plain, plain)).href).toBe('http://93.184.216.34/b');
    expect((await redirectTarget('//93.184.216.35/b', secure, secure)).href).toBe('https://93.184.216.35/b');
  });

  it.each([
    ...[
      '127.0.0.1',
      '127.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
    ],
    ...['[::1]', '[::]', '[fe80::1]', '[fd00::1]', '[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]', 'localhost'],
  ])('does not lead to %s, unless the start was inside', async (host) => {
    await expect(redirectTarget(`https://${host}/`, secure, secure)).rejects.toThrow('refused');
    const inside = new URL('https://127.0.0.1/');
    expect((await redirectTarget(`https://${host}/x`, inside, inside)).pathname).toBe('/x');
  });
});
