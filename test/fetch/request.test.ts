import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { lookupOutside } from '../../src/fetch/private-hosts.js';
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
    expect(await text(await get(`${server.url}/a`))).toBe('here');
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
  const plain = new URL('http://example.org/a');
  const from = (start: URL, inside = false) => ({ start, inside });

  it('does not go to http, unless on the host that was asked over http', () => {
    expect(() => redirectTarget('http://example.org/b', secure, from(secure))).toThrow(
      'redirect from https://example.org/a to http://example.org/b refused',
    );
    expect(() => redirectTarget('http://example.com/b', plain, from(plain))).toThrow('refused');
    expect(redirectTarget('/b', plain, from(plain)).href).toBe('http://example.org/b');
    expect(redirectTarget('//example.com/b', secure, from(secure)).href).toBe('https://example.com/b');
  });

  it.each([
    ...['127.0.0.1', '127.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['0.0.0.0', '[::1]', '[::]', '[fe80::1]', '[fd00::1]', '[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]'],
  ])('does not lead to %s, unless the start was inside', (host) => {
    expect(() => redirectTarget(`https://${host}/`, secure, from(secure))).toThrow('refused');
    expect(redirectTarget(`https://${host}/x`, secure, from(secure, true)).pathname).toBe('/x');
  });
});

describe('lookupOutside', () => {
  const connect = async (host: string, lookup?: typeof lookupOutside) => {
    const server = await serve((_, response) => response.end());
    const { port } = new URL(server.url);
    const asked = http.get({ host, port, agent: false, ...(lookup && { lookup }) });
    try {
      const [response] = await once(asked, 'response');
      response.destroy();
    } finally {
      asked.destroy();
    }
    return server.requests.length;
  };

  it('is asked for the very address that is connected to, and refuses one of the own network', async () => {
    expect(await connect('localhost')).toBe(1);
    await expect(connect('localhost', lookupOutside)).rejects.toThrow(
      /^localhost stands for (127\.0\.0\.1|::1), in the own network: refused$/,
    );
  });
});
