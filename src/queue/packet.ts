import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { Statement } from './statement.js';

/** What a worker tells the coordinator. */
export type Packet = { readonly worker: string } & (
  | { readonly kind: 'join'; readonly statement: Statement }
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'results'; readonly results: readonly Sent[]; readonly back: readonly GivenBack[] }
);

/** What became of a unit of a chunk. */
export interface Sent {
  readonly key: string;
  readonly chunk: string;
  readonly seconds: number;
  readonly result: Inline | OnDisk | { readonly error: string };
  /** Files of heatmaps (base64) by their path below the folder of heatmaps. */
  readonly files: Readonly<Record<string, string>>;
}

/** The line of the journal itself. */
export interface Inline {
  readonly line: string;
}

/** Where the line lies in the worker's own journal on the shared disk. */
export interface OnDisk {
  readonly offset: number;
  readonly length: number;
}

/** Units of a chunk that a worker does not do: it leaves, or they shall be tried alone. */
export interface GivenBack {
  readonly chunk: string;
  readonly keys: readonly string[];
  readonly alone: boolean;
}

/** Bytes: the most that a packet holds, and how many are unpacked at a time. */
const MOST = 2 ** 29;
const PIECE = 2 ** 18;

/** A packet as it stands in the stream: JSON, and the lines of its results below it as they are. */
export async function encodePacket(packet: Packet): Promise<Buffer> {
  const lines: string[] = [];
  const apart = withLines(packet, (line) => {
    lines.push(line);
    return '';
  });
  const text = [JSON.stringify(apart), ...lines].join('\n');
  return promisify(gzip)(text, { level: constants.Z_BEST_SPEED });
}

/** @throws for what is no packet */
export async function decodePacket(bytes: Buffer): Promise<Packet> {
  const text = (await promisify(gunzip)(bytes, { chunkSize: PIECE, maxOutputLength: MOST })).toString('utf8');
  const [head = '', ...lines] = text.split('\n');
  let next = 0;
  return withLines(JSON.parse(head), () => lines[next++] ?? '');
}

/** The packet with other lines in the place of its own. */
function withLines(packet: Packet, change: (line: string) => string): Packet {
  if (packet.kind !== 'results') return packet;
  const results = packet.results.map((sent) =>
    'line' in sent.result ? { ...sent, result: { ...sent.result, line: change(sent.result.line) } } : sent,
  );
  return { ...packet, results };
}
