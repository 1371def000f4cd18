import { register } from 'node:module';

// Loaded before heatproof: packages whose names start with what stands behind the question mark are not installed.
const missing = new URL(import.meta.url).search.slice(1);
const hooks = `export async function resolve(specifier, context, next) {
  if (!specifier.startsWith(${JSON.stringify(missing)})) return next(specifier, context);
  const message = "Cannot find package '" + specifier + "' imported from " + context.parentURL;
  throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
