const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;

/** A request of the user or the system to end a command. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  end(): void;
}

/** Turns the first Ctrl-C (SIGTERM, SIGUSR1) into an abort signal, after `onRequest`; the second ends the process at once. */
export function listenForInterrupt(onRequest: () => void): Interrupt {
  const controller = new AbortController();
  const end = () => {
    for (const name of SIGNALS) process.removeListener(name, request);
  };
  const request = () => {
    end();
    onRequest();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, request);
  return { signal: controller.signal, end };
}
