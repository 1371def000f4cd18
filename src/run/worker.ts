import sharp from 'sharp';
import { workerData } from 'node:worker_threads';
import { openDataset } from '../datasets/open.js';
import { type Plan, UnitEvaluator } from './evaluate.js';
import type { Task, UnitResult } from './unit.js';

/** What the main thread hands to every worker; weights lie in shared memory. */
export type WorkerData = Plan;

/** Something for a worker to do: evaluate a unit, or only say whether the network classifies it correctly. */
export type Job = { readonly kind: 'evaluate' | 'classify'; readonly task: Task };

/** What a job gives, and how long it computed. */
export type JobResult =
  | { readonly kind: 'evaluate'; readonly unit: UnitResult; readonly seconds: number }
  | { readonly kind: 'classify'; readonly correct: boolean };

// Parallelism is one worker a core: threads of sharp's own would fight with the other workers' sessions.
sharp.concurrency(1);
