import type { Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Network } from '../import/network.js';
import { BatchRunner } from './batches.js';
import { type Backward, compileExplanation } from './compile.js';
import type { Conservation } from './conservation.js';
import { LEDGER, Ledger, type LedgerEntry, readLedger } from './ledger.js';
import { resolveMethod } from './methods.js';
import { boundsOf, DEFAULT_BATCH, type ExplainOptions, type ExplainRequest } from './request.js';

export interface ConservationCheck {
  check(requests: readonly ExplainRequest[]): Promise<Conservation[]>;
  release(): Promise<void>;
}

/**
 * Compiles a method with the sums of relevance at every layer that can change them.
 * @throws InputError for methods that do not redistribute relevance.
 */
export async function createConservationCheck(
  engine: Engine,
  network: Network,
  methodId: string,
  options: ExplainOptions = {},
): Promise<ConservationCheck> {
  const method = resolveMethod(methodId, options.composites);
  const pass = method.distributes ? method.backward(options) : undefined;
  if (!pass) {
    throw new InputError(`method '${methodId}' does not redistribute relevance: there is nothing to check`);
  }
  const { graph, lines } = compileCheck(network, pass, method.attribution.layer?.(network).value, options);
  const { batch = DEFAULT_BATCH, keepMemory = true } = options;
  const session = await engine.load(graph, { keepMemory });
  const runner = new BatchRunner(network, batch);
  return {
    async check(requests) {
      const results: Conservation[] = [];
      const items = requests.map((request) => ({ input: request.input, request }));
      await runner.run(session, items, ({ relevance, [LEDGER]: sums }) => {
        const end = (relevance as Float32Array).reduce((sum, value) => sum + value, 0);
        results.push(readLedger(lines, sums as Float32Array, end));
      });
      return results;
    },
    release: () => session.release(),
  };
}

/**
 * Checks those of some methods that should conserve relevance: by method, one result a request. Everything is done one
 * after the other, since the sums need all relevance of a batch at once.
 */
export async function checkConservation(
  engine: Engine,
  network: Network,
  methodIds: readonly string[],
  options: ExplainOptions,
  requests: readonly ExplainRequest[],
): Promise<Map<string, Conservation[]>> {
  const found = new Map<string, Conservation[]>();
  for (const id of methodIds) {
    if (!resolveMethod(id, options.composites).distributes) continue;
    const check = await createConservationCheck(engine, network, id, options);
    const results: Conservation[] = [];
    for (const request of requests) results.push(...(await check.check([request])));
    found.set(id, results);
    await check.release();
  }
  return found;
}

/** The explanation with its ledger. Nothing else of what it was compiled with outlives it. */
function compileCheck(
  network: Network,
  pass: Backward,
  at: string | undefined,
  options: ExplainOptions,
): { graph: Graph; lines: readonly LedgerEntry[] } {
  const bounds = boundsOf(options);
  const lines: LedgerEntry[] = [];
  const graph = compileExplanation(network.graph, [{ ...pass, ends: [{ output: 'relevance', at }] }], {
    weights: true,
    ...(bounds && { bounds }),
    observe: (builder) => new Ledger(builder, lines),
  });
  return { graph, lines };
}
