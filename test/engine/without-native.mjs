import Module from 'node:module';

/**
 * Loaded before heatproof: the binary of the native engine fails to load as it does elsewhere, in the words of the system
 * that is named behind the question mark of this module's address.
 */
const binary = /onnxruntime_binding\.node$/;
const library = '/app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1';

const cases = {
  glibc: () =>
    refuse(`/lib/x86_64-linux-gnu/libc.so.6: version \`GLIBC_2.99' not found (required by ${library})`),
  libstdc: () =>
    refuse(`/lib64/libstdc++.so.6: version \`GLIBCXX_3.4.29' not found (required by ${library})`),
  musl: () => {
    process.report.getReport = () => ({ header: {} });
    refuse(
      `Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by ${library})`,
    );
  },
  damaged: () => refuse('libonnxruntime.so.1: cannot open shared object file: No such file or directory'),
  'darwin-x64': () => ask('darwin', 'x64'),
  'freebsd-x64': () => ask('freebsd', 'x64'),
};

function refuse(message) {
  const dlopen = process.dlopen;
  process.dlopen = (module, file, ...flags) => {
    if (binary.test(file)) throw Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
    return dlopen.call(process, module, file, ...flags);
  };
}

/** The package asks for a binary of another system, which it lacks. */
function ask(platform, arch) {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => {
    if (!binary.test(request)) return resolve.call(Module, request, ...rest);
    Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } });
    return resolve.call(Module, `../bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`, ...rest);
  };
}

cases[new URL(import.meta.url).search.slice(1)]();
