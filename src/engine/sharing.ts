import type { Graph } from '../graph/graph.js';
import type { Engine, LoadOptions, Session, Threads } from './engine.js';

/**
 * An engine that loads each graph once, however many ask for it: parts that run the same graph share its session and
 * so its weights. The session is freed when the last of them releases it. A graph that nobody else holds is let go as
 * soon as it is loaded: its weights then exist once, inside the session.
 * @param threads see {@link LoadOptions}
 */
export function sharingSessions(engine: Engine, threads?: Threads): Engine {
  const loaded = new WeakMap<Graph, { session: Promise<Session>; users: number }>();
  return {
    name: engine.name,
    async load(graph, options) {
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

function lend(entry: { users: number }, session: Session): Session {
  return {
    run: (feeds, into) => session.run(feeds, into),
    async release() {
      if (--entry.users === 0) await session.release();
    },
  };
}
