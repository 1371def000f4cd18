import type { Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { CHUNKS, type ChunkData } from './board.js';
import { loadQueuePackages } from './packages.js';

/** BullMQ keeps so many of its events; nobody here reads them. */
const EVENTS = 100;

/** The queue of chunks. Nothing is returned through it, and what is done is removed. */
export async function chunksOf(connection: Redis): Promise<Queue<ChunkData>> {
  const packages = await loadQueuePackages();
  const queue = new packages.Queue<ChunkData>(CHUNKS.name, {
    connection,
    prefix: CHUNKS.prefix,
    streams: { events: { maxLen: EVENTS } },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', () => {}); // Its calls fail as well, and the connection tells.
  return queue;
}

/** BullMQ never gives a chunk up: which of its units ends workers is found out by trying them alone. */
const STALLS = 1_000_000;

/** Takes chunks, so many at a time. Those of a worker that says nothing for `lease` seconds are given to others. */
export async function chunkWorker(
  connection: Redis,
  { concurrency, lease }: { readonly concurrency: number; readonly lease: number },
  doChunk: (chunk: Job<ChunkData>) => Promise<void>,
): Promise<Worker<ChunkData>> {
  const packages = await loadQueuePackages();
  const worker = new packages.Worker<ChunkData>(CHUNKS.name, doChunk, {
    connection,
    prefix: CHUNKS.prefix,
    concurrency,
    lockDuration: lease * 1000,
    stalledInterval: lease * 500,
    maxStalledCount: STALLS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    runRetryDelay: 1000,
  });
  worker.on('error', () => {}); // A chunk whose lock is lost is done again elsewhere; the connection tells of itself.
  return worker;
}
