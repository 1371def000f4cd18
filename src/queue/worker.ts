import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { ENGINES } from '../engine/engines.js';
import { InputError, isSystemError, messageOf, mismatch } from '../errors.js';
import type { Experiment } from '../experiment/config.js';
import { type RunRecord, runRecord } from '../experiment/definition.js';
import { openExperiment } from '../experiment/open.js';
import { makeScratch, removeScratch } from '../files/scratch.js';
import { calibrateBatches } from '../run/calibrate.js';
import { planRun } from '../run/plan.js';
import { employ } from '../run/threads.js';
import { parseAddress } from './address.js';
import { Board, type QueuedRun } from './board.js';
import { computeCanaries } from './canary.js';
import { Crew, TRIES } from './crew.js';
import { deliver } from './outbox.js';
import { encodePacket } from './packet.js';
import { connect } from './redis.js';
import { type Admitted, serve, type Worked } from './serve.js';
import { codecsHere, otherMeasurement, type Statement } from './statement.js';

export interface WorkOptions {
  /** Address of Redis. */
  readonly queue: string;
  /** The experiment as this machine knows it, where its files lie elsewhere than on the coordinator's. */
  readonly experiment?: Experiment | undefined;
  readonly threads: number;
  /** Seconds to wait for a run. */
  readonly wait: number;
  /** Aborting it makes the worker finish the units in hand, give back the others and leave. */
  readonly signal: AbortSignal;
  readonly onNote: (note: string) => void;
  readonly onStep: (what: string) => void;
}

/** Milliseconds between looks for a run, or an answer. */
const LOOK = 200;

/**
 * Takes part in the run at a queue until it is over, or the signal tells it to leave.
 *
 * @throws InputError where there is no run, or this machine cannot take part in it; it says why
 */
export async function work(options: WorkOptions): Promise<Worked> {
  const { queue, threads, wait, signal, onNote, onStep } = options;
  const address = parseAddress(queue);
  const { redis, close } = await connect(address, onNote);
  const scratch = makeScratch();
  try {
    const board = new Board(redis, address.shown, onNote);
    onStep(`waiting for a run at ${address.shown}`);
    const found = await nextRun(board, options, ({ state }) => state !== 'over');
    if (!found) return { end: 'told', units: 0 };
    const host = hostname();
    const worker = `${host}.${process.pid}.${randomUUID().slice(0, 8)}`.replace(/[^\w.-]/g, '_');
    const applicant = { board, worker, host, threads, scratch, wait, signal };
    const { record, plan } = await telling(applicant, () => open(found, applicant, options));
    const crew = new Crew(
      employ(plan, threads),
      async ({ key }) => (await board.tries(key)) <= TRIES,
      signal,
    );
    try {
      onStep('computing canaries');
      const known = new Map<string, string>();
      await telling(applicant, () => computeCanaries(found.canaries.jobs, crew, known));
      onStep('waiting for the canaries of the coordinator');
      const run = await nextRun(
        board,
        options,
        ({ id, state }) => state === 'running' || (state === 'over' && id === found.id),
      );
      if (!run) return { end: 'told', units: 0 };
      if (run.state === 'over') return { end: 'over', units: 0 };
      const canaries = await telling(applicant, async () => {
        checkMeasurement(run, record, board);
        return computeCanaries(run.canaries.jobs, crew, known);
      });
      if (!(await isLetIn(applicant, { record, canaries })))
        return { end: signal.aborted ? 'told' : 'over', units: 0 };
      onStep(`working for ${run.record.experiment.name}`);
      return await telling(applicant, () => serve({ ...applicant, run, crew }));
    } finally {
      await crew.end();
    }
  } finally {
    removeScratch(scratch);
    close();
  }
}

/** Waits for a run of this kind that has a coordinator or is over; undefined where it was told to leave. @throws InputError where none comes */
async function nextRun(
  board: Board,
  { wait, signal }: Pick<WorkOptions, 'wait' | 'signal'>,
  isFound: (run: QueuedRun) => boolean,
): Promise<QueuedRun | undefined> {
  const until = performance.now() + wait * 1000;
  while (!signal.aborted) {
    const run = await board.readRun();
    if (run && isFound(run) && (run.state === 'over' || (await board.isLed()))) return run;
    if (performance.now() > until)
      throw mismatch({ what: 'queue', where: board.shown, expected: 'a run', got: `none in ${wait} s` });
    await setTimeout(LOOK);
  }
  return undefined;
}

type Applicant = Omit<Admitted, 'crew' | 'run'>;

/** Opens the experiment here. @throws InputError where it is another one than the run's */
async function open(
  run: QueuedRun,
  { board, scratch, signal }: Applicant,
  { experiment = run.record.experiment, onStep }: WorkOptions,
) {
  onStep(`loading ${experiment.name}`);
  await ENGINES[experiment.engine].ready();
  const opened = await openExperiment(experiment);
  const record = runRecord(opened, undefined);
  checkMeasurement(run, record, board);
  const plan = await planRun(opened, scratch);
  const batches = await calibrateBatches(run.canaries.jobs, plan, signal, undefined);
  return { record, plan: { ...plan, batches } };
}

/** @throws InputError where the experiment here is another one than the run's */
function checkMeasurement(run: QueuedRun, record: RunRecord, board: Board): void {
  const differing = otherMeasurement(run, { record });
  if (differing.length > 0) throw otherRun(board, differing.join('; '));
}

/**
 * Says what it would measure, and waits for the coordinator's answer; false where the run has ended or it was told to leave.
 *
 * @throws InputError where it is refused
 */
async function isLetIn(
  { board, worker, host, threads, signal }: Applicant,
  own: Pick<Statement, 'record' | 'canaries'>,
): Promise<boolean> {
  if (signal.aborted) return false;
  const statement = { host, threads, codecs: codecsHere(), ...own };
  await deliver(board, await encodePacket({ kind: 'join', worker, statement }));
  while (!signal.aborted) {
    const answer = await board.readAnswer(worker);
    if (answer?.refused !== undefined) throw otherRun(board, answer.refused);
    if (answer) return true;
    if ((await board.readRun())?.state === 'over') return false;
    await setTimeout(LOOK);
  }
  return false;
}

function otherRun({ shown }: Board, differences: string): InputError {
  return new InputError(`queue (${shown}): this machine would not measure the same: ${differences}`);
}

/** Does something, and tells the coordinator why it cannot be done. */
async function telling<T>({ board, worker }: Applicant, doing: () => Promise<T>): Promise<T> {
  try {
    return await doing();
  } catch (error) {
    if (error instanceof InputError || isSystemError(error))
      await board.send(await encodePacket({ kind: 'leave', worker, reason: messageOf(error) }));
    throw error;
  }
}
