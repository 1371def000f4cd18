import { homedir } from 'node:os';

/**
 * The canvas looks for fonts in the home directory while it is loaded, and fails where there is none: in a container, a user may be
 * a mere number, and no variable need say where its home is. Must be imported before the canvas is.
 */
try {
  homedir();
} catch {
  process.env.HOME = '/nonexistent';
}
