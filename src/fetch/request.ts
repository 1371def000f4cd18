import { InputError, messageOf } from '../errors.js';
import { isPrivate } from './private-hosts.js';

const MAX_REDIRECTS = 5;
const ANSWERS = new Set([200, 206, 416]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Errors of a connection that was there and broke: another attempt may do better. All others are final. */
const PASSING_ERRORS = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
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
 * GETs a URL, following up to 5 redirects; what they may lead to, {@link redirectTarget} says.
 *
 * @returns an answer with the file (200), a part of it (206) or no such part (416), its body unread
 * @throws DownloadError for every other status and for refused redirects
 */
export async function request(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  const start = new URL(url);
  let target = start;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetch(target, { headers, signal, redirect: 'manual' });
    if (ANSWERS.has(response.status)) return response;
    await response.body?.cancel();
    if (!REDIRECTS.has(response.status)) throw statusError(response.status);
    target = await redirectTarget(response.headers.get('location'), target, start);
  }
  throw new DownloadError(`more than ${MAX_REDIRECTS} redirects, the last one to ${target.href}`);
}

/** What is thrown by a fetch that did not get through, or by a body that broke off, as a DownloadError. */
export function connectionError(error: unknown): unknown {
  if (!(error instanceof TypeError && error.cause instanceof Error)) return error;
  const { code } = error.cause as NodeJS.ErrnoException;
  return new DownloadError(messageOf(error.cause), PASSING_ERRORS.has(code ?? ''));
}

/**
 * Where a redirect leads: to https, or to http on the host that was asked over http, and into this machine's own network
 * only when the `start` was there.
 */
export async function redirectTarget(location: string | null, from: URL, start: URL): Promise<URL> {
  if (location === null || !URL.canParse(location, from.href)) {
    throw new DownloadError(`${from.href} redirects to nowhere`);
  }
  const target = new URL(location, from);
  const plain = start.protocol === 'http:' && target.hostname === start.hostname;
  const allowed = target.protocol === 'https:' || (plain && target.protocol === 'http:');
  const leadsInside = async () => (await isPrivate(target)) && !(await isPrivate(start));
  if (!allowed || target.username !== '' || (await leadsInside())) {
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
