import type { Graph } from '../graph/graph.js';
import type { Engine, Session } from './engine.js';

/**
 * An engine that loads each graph once, however many ask for it: parts that run the same graph share its session and
 * so its weights. The session is freed when the last of them releases it.
 */
export function sharingSessions(engine: Engine): Engine {
  const loaded = new Map<Graph, { session: Promise<Session>; users: number }>();
  return {
    name: engine.name,
    async load(graph) {
      const entry = loaded.get(graph) ?? { session: engine.load(graph), users: 0 };
      loaded.set(graph, entry);
      entry.users++;
      const session = await entry.session;
      return {
        run: (feeds, into) => session.run(feeds, into),
        async release() {
          if (--entry.users > 0) return;
          loaded.delete(graph);
          await session.release();
        },
      };
    },
  };
}
