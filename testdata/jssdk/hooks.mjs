// Module hooks that make the SDKs' packages loadable by Node: they are written
// as ES modules for bundlers, with imports that lack the file extension and a
// package.json that does not say "module". Their code is not touched.
//
// A query ("wukongimjssdk?case=3") is handed down to the package's own imports,
// so that every case gets an instance of the SDK, which is a singleton.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const sdk = /\/node_modules\/wukongim(js|uniapp)sdk\//;

export async function resolve(specifier, context, next) {
  const [name, query] = specifier.split('?');
  if (query !== undefined && !name.includes(':')) {
    const found = await next(name, context);
    return { ...found, url: `${found.url}?${query}`, format: 'module' };
  }
  const parent = context.parentURL ?? '';
  if (!specifier.startsWith('.') || !sdk.test(parent)) {
    return next(specifier, context);
  }
  const { search } = new URL(parent);
  for (const file of [`${specifier}.js`, `${specifier}/index.js`]) {
    const url = new URL(file, parent);
    if (existsSync(fileURLToPath(url))) {
      return { url: url.href + search, format: 'module', shortCircuit: true };
    }
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  return next(url, sdk.test(url) ? { ...context, format: 'module' } : context);
}
