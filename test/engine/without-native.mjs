import { register } from 'node:module';

// Loaded before heatproof: the package of the native engine fails as its binary does on an old system.
const hooks = `export async function resolve(specifier, context, next) {
  if (specifier !== 'onnxruntime-node') return next(specifier, context);
  const message = "/lib/libc.so.6: version \`GLIBC_2.99' not found (required by onnxruntime_binding.node)";
  throw Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
