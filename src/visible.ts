/**
 * Text that others wrote, as it may be shown: characters that would control a terminal, end a line or turn text around
 * appear as their number, `\u001b`. In JSON these are escapes of the same characters.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
