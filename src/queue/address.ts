import { isIP } from 'node:net';
import { InputError } from '../errors.js';

/** Where a queue is, and how to get in. Only `shown` is for eyes. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  /** The address without user and password. */
  readonly shown: string;
}

/** The environment variable of a password that shall not stand in a command line, which other users of the machine can see. */
export const PASSWORD = 'HEATPROOF_QUEUE_PASSWORD';

/**
 * Reads redis://[[user]:password@]host[:port][/database], or rediss:// for TLS.
 *
 * @throws InputError that does not repeat what it was given: there may be a password in it
 */
export function parseAddress(text: string, env: NodeJS.ProcessEnv = process.env): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const db = /^\/?(\d{0,4})$/.exec(url?.pathname ?? '')?.[1];
  if (
    !url ||
    !/^rediss?:$/.test(url.protocol) ||
    url.hostname === '' ||
    db === undefined ||
    url.search !== ''
  )
    throw new InputError('--queue: expected redis://host:port/database (or rediss://), got something else');
  const password = url.password === '' ? env[PASSWORD] : decodeURIComponent(url.password);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: Number(url.port || 6379),
    db: Number(db),
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(password && { password }),
    ...(url.protocol === 'rediss:' && { tls: isIP(host) ? {} : { servername: host } }),
    shown: `${url.protocol}//${url.host}${db === '' ? '' : `/${db}`}`,
  };
}
