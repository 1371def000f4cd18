import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { type DownloadOptions, download } from '../../src/fetch/download.js';
import { DownloadError } from '../../src/fetch/request.js';
import { answerWith, contentOf, type Hosting, published, serve } from './server.js';

const FAST: DownloadOptions = { backoffMs: 1, stallMs: 5000 };
const content = contentOf(200_000);

let folder: string;
let path: string;
/** Bytes of the file that the last download has written. */
let seen: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-download-'));
  path = join(folder, 'file.bin');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A server that gives its nth answer as the nth entry says; the last entry holds for all that follow. */
async function host(answers: (Hosting & { content?: Buffer; status?: number })[]) {
  let count = 0;
  return serve((request, response) => {
    const answer = answers[Math.min(count++, answers.length - 1)] ?? {};
    if (answer.status !== undefined) response.writeHead(answer.status).end('an error page');
    else answerWith(answer.content ?? content, request, response, { seen: () => seen, ...answer });
  });
}

async function get(url: string, options: DownloadOptions = {}, file = content) {
  seen = 0;
  const onProgress = (bytes: number) => {
    seen = bytes;
    options.onProgress?.(bytes);
  };
  await download({ url: `${url}/file.bin`, ...published(file) }, path, { ...FAST, ...options, onProgress });
}

const expectWhole = (file = content) => {
  expect(readdirSync(folder)).toEqual(['file.bin']);
  expect(readFileSync(path).equals(file)).toBe(true);
};

describe('download', () => {
  it('writes the whole file, leaves nothing else and tells its progress', async () => {
    const server = await host([{ etag: '"1"' }]);
    const progress: number[] = [];
    await get(server.url, { onProgress: (bytes) => progress.push(bytes) });
    expectWhole();
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(content.length);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('makes the folder', async () => {
    const server = await host([{}]);
    path = join(folder, 'a', 'b', 'file.bin');
    await get(server.url);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('goes on where the connection was cut', async () => {
    const server = await host([
      { etag: '"1"', cutAfter: 80_000 },
      { etag: '"1"', cutAfter: 50_000 },
      { etag: '"1"' },
    ]);
    const reasons: string[] = [];
    await get(server.url, { onRetry: (reason) => reasons.push(reason) });
    expectWhole();
    expect(server.requests.map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ['bytes=80000-', '"1"'],
      ['bytes=130000-', '"1"'],
    ]);
    expect(reasons).toEqual(['the connection was cut', 'the connection was cut']);
  });

  it('keeps what is there when an error page comes instead of the rest', async () => {
    const server = await host([
      { etag: '"1"', cutAfter: 80_000 },
      { content: contentOf(100), etag: '"page"' },
      { etag: '"1"' },
    ]);
    await expect(get(server.url)).rejects.toThrow('expected 200000 bytes, got 100');
    await get(server.url);
    expectWhole();
    expect(server.requests[2]?.range).toBe('bytes=80000-');
  });

  it('goes on in a later call', async () => {
    const server = await host([{ etag: '"1"', cutAfter: 80_000 }, { etag: '"1"' }]);
    await expect(get(server.url, { attempts: 1 })).rejects.toThrow(DownloadError);
    expect(readdirSync(folder)).toEqual(['file.bin.part', 'file.bin.part.from']);
    const progress: number[] = [];
    await get(server.url, { onProgress: (bytes) => progress.push(bytes) });
    expectWhole();
    expect(progress[0]).toBe(80_000);
    expect(server.requests[1]?.range).toBe('bytes=80000-');
  });

  it('takes the date where the ETag is weak', async () => {
    const lastModified = 'Tue, 06 Nov 2007 10:00:00 GMT';
    const server = await serve((request, response) => {
      response.setHeader('etag', 'W/"1"');
      const cut = server.requests.length === 1 ? { cutAfter: 80_000 } : {};
      answerWith(content, request, response, { lastModified, seen: () => seen, ...cut });
    });
    await get(server.url);
    expectWhole();
    expect(server.requests[1]).toMatchObject({ range: 'bytes=80000-', ifRange: lastModified });
  });

  it('starts over where the server marks no version', async () => {
    const server = await host([{ cutAfter: 80_000 }, {}]);
    await get(server.url);
    expectWhole();
    expect(server.requests[1]?.range).toBeUndefined();
  });

  it('starts over where the server knows no ranges', async () => {
    const hosting = { etag: '"1"', ranges: false };
    const server = await host([{ ...hosting, cutAfter: 80_000 }, hosting]);
    await get(server.url);
    expectWhole();
    expect(server.requests[1]?.range).toBe('bytes=80000-');
  });

  it('starts over when the file has changed, also where the server does not look at If-Range', async () => {
    const old = { content: contentOf(200_000, 2), etag: '"old"', cutAfter: 80_000 };
    for (const honoursIfRange of [true, false]) {
      const server = await host([old, { etag: '"new"', honoursIfRange }]);
      await get(server.url);
      expectWhole();
      rmSync(path);
    }
  });

  it('starts over when the part is longer than the file, and when it belongs to another address', async () => {
    const server = await host([{ etag: '"1"' }]);
    writeFileSync(`${path}.part`, contentOf(300_000, 3));
    writeFileSync(`${path}.part.from`, `${server.url}/file.bin\n"1"\n`);
    await get(server.url);
    expectWhole();
    rmSync(path);
    writeFileSync(`${path}.part`, contentOf(80_000, 3));
    writeFileSync(`${path}.part.from`, 'http://elsewhere/file.bin\n"1"\n');
    await get(server.url);
    expectWhole();
  });

  it('asks for nothing when only the name was missing', async () => {
    const server = await host([{}]);
    writeFileSync(`${path}.part`, content);
    await get(server.url);
    expectWhole();
    expect(server.requests).toEqual([]);
  });

  it('removes what has a wrong checksum, with one line that says so', async () => {
    const wrong = Buffer.from(content);
    wrong.writeUInt8(wrong.readUInt8(1000) ^ 1, 1000);
    const server = await host([{ content: wrong, etag: '"1"' }]);
    const error = await get(server.url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect(error).not.toBeInstanceOf(DownloadError);
    const [expected, got] = [published(content).checksums.sha1, published(wrong).checksums.sha1];
    expect((error as Error).message).toBe(
      `what came from ${server.url}/file.bin is not the published file: expected sha1 ${expected}, got ${got}; it was removed`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a file of another length before it comes', async () => {
    const server = await host([{ content: contentOf(100) }]);
    await expect(get(server.url)).rejects.toThrow('expected 200000 bytes, got 100');
    expect(readdirSync(folder)).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('stops a body without announced length at the size of the file', async () => {
    const server = await serve((_, response) => {
      const flood = setInterval(() => response.write(contentOf(100_000)), 1);
      response.on('close', () => clearInterval(flood));
    });
    await expect(get(server.url)).rejects.toThrow('expected 200000 bytes, got more');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not ask for ever when answers without announced length are too short', async () => {
    const server = await serve((_, response) => {
      response.write(content.subarray(0, 1000));
      response.end();
    });
    await expect(get(server.url)).rejects.toThrow('the answer ends after 1000 of 200000 bytes, 5 times');
    expect(server.requests).toHaveLength(5);
  });

  it.each([
    [404, 'the server does not have it (HTTP 404)'],
    [410, 'the server does not have it (HTTP 410)'],
    [403, 'the server refuses it (HTTP 403)'],
    [400, 'the server cannot give it (HTTP 400)'],
  ])('does not ask again after %i', async (status, message) => {
    const server = await host([{ status }]);
    const error = await get(server.url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DownloadError);
    expect((error as Error).message).toBe(message);
    expect(server.requests).toHaveLength(1);
  });

  it('asks again while the server is busy, a bounded number of times and after growing waits', async () => {
    const recovering = await host([{ status: 503 }, { status: 429 }, {}]);
    await get(recovering.url);
    expectWhole();
    const broken = await host([{ status: 503 }]);
    rmSync(path);
    const waits: number[] = [];
    await expect(get(broken.url, { onRetry: (_, wait) => waits.push(wait) })).rejects.toThrow(
      'the server cannot give it (HTTP 503), 5 times',
    );
    expect(broken.requests).toHaveLength(5);
    expect(waits).toEqual([1, 2, 4, 8]);
  });

  it('counts anew after getting a megabyte further, but not for the same one again', async () => {
    const large = contentOf(5 * 2 ** 20);
    const cut = { content: large, etag: '"1"', cutAfter: 1.2 * 2 ** 20 };
    const server = await host([cut]);
    await get(server.url, { attempts: 2 }, large);
    expectWhole(large);
    expect(server.requests).toHaveLength(5);
    rmSync(path);
    const stubborn = await host([{ ...cut, ranges: false }]);
    await expect(get(stubborn.url, { attempts: 2 }, large)).rejects.toThrow(', 2 times');
    expect(stubborn.requests).toHaveLength(2);
  });

  it('gives up on a server that is silent, before or in the middle of an answer', async () => {
    const silent = await serve(() => {});
    await expect(get(silent.url, { stallMs: 50, attempts: 2 })).rejects.toThrow(
      'no data for 0.05 s, 2 times',
    );
    const stalled = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length, etag: '"1"' });
      response.write(content.subarray(0, 80_000));
    });
    await expect(get(stalled.url, { stallMs: 400, attempts: 1 })).rejects.toThrow('no data for 0.4 s');
    const server = await host([{ etag: '"1"' }]);
    writeFileSync(`${path}.part.from`, `${server.url}/file.bin\n"1"\n`);
    await get(server.url);
    expectWhole();
    expect(server.requests[0]?.range).toBe('bytes=80000-');
  });

  it('gives up on a server that sends a byte now and then', async () => {
    const dripping = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    });
    await expect(get(dripping.url, { stallMs: 200, attempts: 1 })).rejects.toThrow(
      'less than 1000 bytes a second for 0.2 s',
    );
  });

  it('writes through no link', async () => {
    const mine = `${path}.mine`;
    writeFileSync(mine, 'mine');
    for (const place of [`${path}.part`, `${path}.part.from`]) symlinkSync(mine, place);
    await get((await host([{ etag: '"1"' }])).url);
    expect(readFileSync(mine, 'utf8')).toBe('mine');
    rmSync(mine);
    expectWhole();
  });

  it('does not ask again where nobody listens', async () => {
    const retries: string[] = [];
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const refused = get(`http://127.0.0.1:${port}`, { onRetry: (reason) => retries.push(reason) });
    await expect(refused).rejects.toThrow('ECONNREFUSED');
    expect(retries).toEqual([]);
  });
});
