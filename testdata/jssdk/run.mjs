// Logs in with the real SDKs and prints what they sent and what they reported.
//
//   node run.mjs --sdk wukongimjssdk --ws ws://127.0.0.1:5200 --uid alice --token T
//   node run.mjs --cases -      an array of such cases as JSON on stdin
//
// A case has sdk, ws, uid and token, and may have
//   flag     config.deviceFlag; left alone without
//   for      milliseconds until it ends (2000)
//   events   ends it earlier, once the listener was told so much
//   sent     and so many messages were sent
//   linger   milliseconds after that (50)
// --scale N makes the SDKs' timers run N times as fast; what they asked for is
// reported as it was.
//
// Printed is one JSON object a case, in order, as an array with --cases:
//   sent     [[hex, ms]]              messages written; the token is in there
//   events   [[status, reason, ms]]   what the status listener was told
//   opened   [ms]                     WebSockets that opened
//   closed   [[code, ms]]             and those that closed
//   timers   [ms]                     timeouts the SDK asked for
// Times are milliseconds since connect() was called.
import { AsyncLocalStorage } from 'node:async_hooks';
import { register } from 'node:module';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { generateKeyPair } from 'curve25519-js';
import { WebSocket as WS } from 'ws';

register('./hooks.mjs', import.meta.url);

const string = { type: 'string' };
const { values: args } = parseArgs({
  options: {
    sdk: string, ws: string, uid: string, token: string, flag: string, for: string,
    cases: string, scale: string, parallel: string,
  },
});
const scale = Number(args.scale ?? 1);

// A Case is one login. The SDK's code finds its own through the async context.
const current = new AsyncLocalStorage();

class Case {
  constructor(spec, number) {
    this.spec = { token: '', for: 2000, linger: 50, ...spec };
    this.number = number;
    this.seen = { sdk: spec.sdk, uid: spec.uid, sent: [], events: [], opened: [], closed: [], timers: [] };
    this.over = new Promise((resolve) => { this.end = resolve; });
  }

  ms() {
    return Math.round((performance.now() - this.started) * 10) / 10;
  }

  note(kind, ...what) {
    this.seen[kind].push(what.length === 0 ? this.ms() : [...what, this.ms()]);
    const { events, sent = 0, linger } = this.spec;
    if (events !== undefined && this.seen.events.length >= events && this.seen.sent.length >= sent) {
      realSetTimeout(this.end, linger);
    }
  }

  async run() {
    const { sdk, ws, uid, token, flag } = this.spec;
    const { default: WKSDK } = await import(`${sdk}?case=${this.number}`);
    const shared = WKSDK.shared();
    Object.assign(shared.config, { addr: ws, uid, token });
    if (flag !== undefined) {
      shared.config.deviceFlag = Number(flag);
    }
    shared.connectManager.addConnectStatusListener((status, reason) => this.note('events', status, reason));
    this.started = performance.now();
    realSetTimeout(this.end, Number(this.spec.for));
    shared.connectManager.connect();
    await this.over;
    shared.connectManager.needReconnect = false; // disconnect() would close a socket that may still be opening
    return structuredClone(this.seen);
  }
}

// The SDKs use the browser's global. This one is the ws package's, and watches.
globalThis.WebSocket = class extends WS {
  constructor(...parameters) {
    super(...parameters);
    this.case = current.getStore();
    this.addEventListener('open', () => this.case.note('opened'));
    this.addEventListener('close', (e) => this.case.note('closed', e.code));
  }

  send(data, ...rest) {
    this.case.note('sent', Buffer.from(data).toString('hex'));
    super.send(data, ...rest);
  }
};

const realSetTimeout = globalThis.setTimeout;
globalThis.setTimeout = (callback, delay, ...rest) => {
  const asker = new Error().stack.split('\n')[2] ?? '';
  if (!asker.includes('/wukongim')) {
    return realSetTimeout(callback, delay, ...rest);
  }
  current.getStore().seen.timers.push(delay);
  return realSetTimeout(callback, delay / scale, ...rest);
};

// The SDKs talk to the console; stdout is for the result alone.
console.log = console.debug = console.info = () => {};

// The first X25519 keys in plain JavaScript take half a second, a server's idle
// limit in a test. Later ones take milliseconds.
for (let i = 0; i < 20; i++) {
  generateKeyPair(new Uint8Array(32).fill(i));
}

async function runAll(specs) {
  const results = new Array(specs.length);
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < specs.length; i = next++) {
      const c = new Case(specs[i], i);
      results[i] = await current.run(c, () => c.run());
    }
  };
  await Promise.all(Array.from({ length: Number(args.parallel ?? 12) }, lane));
  return results;
}

const specs = args.cases === undefined ? [args] : JSON.parse(await text(process.stdin));
const results = await runAll(specs);
process.stdout.write(JSON.stringify(args.cases === undefined ? results[0] : results) + '\n', () => process.exit(0));
