import { messageOf, mismatch } from '../errors.js';

/**
 * Loads BullMQ and the client of Redis, which are installed by those who use a queue.
 *
 * @throws InputError where one is missing
 */
export async function loadQueuePackages() {
  try {
    const [{ Queue, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { Queue, Worker, Redis };
  } catch (error) {
    throw mismatch({
      what: '--queue',
      where: 'npm packages',
      expected: 'bullmq and ioredis (npm install bullmq@6.7.0 ioredis@6.0.0)',
      got: messageOf(error).slice(0, 200),
    });
  }
}
