/** Processor time of this process in seconds. Other processes lengthen it far less than time on the wall. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Processor seconds that work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = processorSeconds();
  await work();
  return processorSeconds() - start;
}
