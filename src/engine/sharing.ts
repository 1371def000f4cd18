import type { Graph } from '../graph/graph.js';
import type { Engine, LoadOptions, Session, Threads } from './engine.js';

/**
 * An engine that loads each graph once, however many ask for it: parts that run the same graph share its session and
 * so its weights; those that keep working memory between runs, and those that do not, have one each. The session is freed when
 * the last of them releases it. A graph that nobody else holds is let go as soon as it is loaded: its weights then exist once,
 * inside the session.
 * @param threads see {@link LoadOptions}
 */
export function sharingSessions(engine: Engine, threads?: Threads): Engine {
  const [keeping, others] = [new WeakMap<Graph, Entry>(), new WeakMap<Graph, Entry>()];
  return {
    name: engine.name,
    async load(graph, options = {}) {
      const loaded = (options.keepMemory ?? true) ? keeping : others;
      let entry = loaded.get(graph);
      if (!entry || entry.users === 0) {
        entry = { session: engine.load(graph, { ...options, threads }), users: 0 };
        loaded.set(graph, entry);
      }
      entry.users++;
      return lend(entry, await entry.session);
    },
  };
}

/** A session and how many use it. */
interface Entry {
  readonly session: Promise<Session>;
  users: number;
}

function lend(entry: Entry, session: Session): Session {
  return {
    run: (feeds, into) => session.run(feeds, into),
    async release() {
      if (--entry.users === 0) await session.release();
    },
  };
}
