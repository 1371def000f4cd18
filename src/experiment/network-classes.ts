import type { NetworkClasses } from '../datasets/classes.js';
import type { Model } from './model.js';

/** What a model says of its classes. */
export function classesOf({ network, labelled }: Model): NetworkClasses {
  return { outputs: network.classes, labels: labelled };
}
