export { type EmbeddedWords, embedWords } from '../datasets/text/embed.js';
