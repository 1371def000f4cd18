import { fileURLToPath } from 'node:url';

/** Descriptor of the embedded sample's network. */
export const SAMPLE_NETWORK = fileURLToPath(new URL('../../datasets/sample/network.yaml', import.meta.url));
