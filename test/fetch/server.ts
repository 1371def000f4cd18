import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

export interface TestServer {
  url: string;
  /** What was asked, in order. */
  requests: { path: string; range: string | undefined; ifRange: string | undefined }[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A real HTTP server on this machine, until the test ends. */
export async function serve(handler: Handler): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer((request, response) => {
    const { range, 'if-range': ifRange } = request.headers;
    requests.push({ path: request.url ?? '', range, ifRange: ifRange as string | undefined });
    handler(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export interface Hosting {
  etag?: string | undefined;
  lastModified?: string;
  /** Cut the connection after so many bytes of an answer's body... */
  cutAfter?: number | undefined;
  /** ...once the client has that many bytes of the file: what it has not read when the cut comes, it loses. */
  seen?: () => number;
  /** false: as a server that has never heard of ranges. */
  ranges?: boolean;
  /** false: continues without looking whether the version is still the same. */
  honoursIfRange?: boolean;
}

/** Answers as a web server with this file does, with Range and If-Range (RFC 9110, 13.1.5 and 14.2). */
export function answerWith(
  content: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
  { etag, lastModified, cutAfter, seen, ranges = true, honoursIfRange = true }: Hosting = {},
): void {
  if (etag !== undefined) response.setHeader('etag', etag);
  if (lastModified !== undefined) response.setHeader('last-modified', lastModified);
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const same = !honoursIfRange || request.headers['if-range'] === (etag ?? lastModified);
  const offset = ranges && asked && same ? Number(asked[1]) : 0;
  if (offset > 0 && offset >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = content.subarray(offset);
  response.writeHead(offset > 0 ? 206 : 200, {
    'content-length': body.length,
    ...(offset > 0 && {
      'content-range': `bytes ${offset}-${content.length - 1}/${content.length}`,
    }),
  });
  if (cutAfter === undefined || cutAfter >= body.length) response.end(body);
  else {
    response.write(body.subarray(0, cutAfter));
    const cut = setInterval(() => {
      if (seen !== undefined && seen() < offset + cutAfter) return;
      clearInterval(cut);
      response.socket?.end();
    }, 1);
  }
}

/** Bytes that differ everywhere, so that a misplaced piece shows. */
export function contentOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = seed; i < length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

/** Size and digests, as a source publishes them. */
export function published(content: Buffer) {
  const digest = (algorithm: string) => createHash(algorithm).update(content).digest('hex');
  return { bytes: content.length, checksums: { sha1: digest('sha1'), sha256: digest('sha256') } };
}
