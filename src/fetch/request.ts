import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { InputError, messageOf } from '../errors.js';
import { isPrivate, lookupOutside } from './private-hosts.js';

const MAX_REDIRECTS = 5;
const ANSWERS = new Set([200, 206, 416]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Errors of a connection that was there and broke: another attempt may do better. All others are final. */
const PASSING_ERRORS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'HPE_INVALID_EOF_STATE']);
/** What the system was asked for when there was no connection; other calls may be about files. */
const CONNECTING = new Set(['connect', 'getaddrinfo']);
const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/** Why a download failed. A `passing` reason is worth another attempt. */
export class DownloadError extends InputError {
  constructor(
    message: string,
    readonly passing = false,
  ) {
    super(message);
  }
}

/**
 * GETs a URL, following up to 5 redirects; what they may lead to, {@link redirectTarget} says. Only where the start lay in this
 * machine's own network may a name on the way stand for an address there: it is the address which is connected to that counts.
 *
 * @returns an answer with the file (200), a part of it (206) or no such part (416), its body unread
 * @throws DownloadError for every other status and for refused redirects
 */
export async function request(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const start = new URL(url);
  let target = start;
  let inside: boolean | undefined;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await get(target, {
      headers,
      signal,
      ...(inside === false && { lookup: lookupOutside }),
    });
    const status = response.statusCode ?? 0;
    if (ANSWERS.has(status)) return response;
    inside ??= isPrivate(response.socket.remoteAddress ?? '');
    const { location } = response.headers;
    response.destroy();
    if (!REDIRECTS.has(status)) throw statusError(status);
    target = redirectTarget(location, target, { start, inside });
  }
  throw new DownloadError(`more than ${MAX_REDIRECTS} redirects, the last one to ${target.href}`);
}

/** One request, with a connection of its own. */
function get(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((answered, failed) => {
    client.get(url, { ...options, agent: false }, answered).on('error', failed);
  });
}

/** What is thrown by a request that did not get through, or by a body that broke off, as a DownloadError. */
export function connectionError(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const passing = code !== undefined && PASSING_ERRORS.has(code);
  const ofConnection = passing || (code !== undefined && (syscall === undefined || CONNECTING.has(syscall)));
  if (!ofConnection) return error;
  return new DownloadError(code === 'ECONNRESET' ? 'the connection was cut' : messageOf(error), passing);
}

/** Where a download started, and whether that lies in this machine's own network. */
interface Start {
  readonly start: URL;
  readonly inside: boolean;
}

/**
 * Where a redirect leads: to https, or to http on the host that was asked over http, and to an address in this machine's own
 * network only when the start was there.
 */
export function redirectTarget(location: string | undefined, from: URL, { start, inside }: Start): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new DownloadError(`${from.href} redirects to nowhere`);
  }
  const target = new URL(location, from);
  const plain = start.protocol === 'http:' && target.hostname === start.hostname;
  const allowed = target.protocol === 'https:' || (plain && target.protocol === 'http:');
  const leadsInside = !inside && isPrivate(target.hostname.replace(/^\[|\]$/g, ''));
  if (!allowed || target.username !== '' || leadsInside) {
    throw new DownloadError(`redirect from ${from.href} to ${target.href} refused`);
  }
  return target;
}

function statusError(status: number): DownloadError {
  const meaning =
    status === 404 || status === 410
      ? 'the server does not have it'
      : status === 401 || status === 403
        ? 'the server refuses it'
        : 'the server cannot give it';
  return new DownloadError(`${meaning} (HTTP ${status})`, PASSING_STATUS.has(status));
}
