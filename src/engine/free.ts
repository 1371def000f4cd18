import { MessageChannel } from 'node:worker_threads';

/** Takes messages that nobody receives. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Frees memory at once that nobody uses any more; arrays over it are empty from here on. Left to the garbage collector it stays
 * for as long as the thread has little else to do, or makes it run every few megabytes, on threads of its own that take a tenth
 * of a core from the workers.
 */
export function free(buffers: Iterable<ArrayBuffer>): void {
  nowhere.postMessage(null, [...buffers]);
}
