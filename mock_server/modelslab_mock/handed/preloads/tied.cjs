// Read by every Node that the kit starts: its timers and clocks are the kit's, so that a sleep of an hour takes nothing.
//
// A timer is due at a moment of the kit's clock, which stands in a file. When nothing else is under way here (no request, no
// file, no name), the kit is asked to move that clock to the first timer. The ticks of undici (which is fetch) by which it looks
// after its idle connections are no reason to stop on the way, nor are deadlines of requests that are over.
"use strict";

const fs = require("fs");
const net = require("net");
const timers = require("timers");
const util = require("util");
const { AsyncResource } = require("async_hooks");
const channels = require("diagnostics_channel");
const { performance } = require("perf_hooks");

const TURNS = 8; // of the event loop, after which nothing that came is still on its way through promises and streams
const BODY_MS = 200; // real ones: a body that nobody reads does not end
const LONGEST = 2 ** 31 - 1;
const FRAMES = 4; // of a stack: who asks, what was called, who called it, and from where
const UNDER_WAY = /^(FSReq|GetAddrInfo|GetNameInfo|QueryReq|TCPConnect|PipeConnect|WriteWrap|Shutdown)/;

function tie(url, fd) {
  const real = { setTimeout, setImmediate, clearTimeout, clearInterval, hrtime: process.hrtime.bigint };
  const place = Buffer.alloc(24);
  const now = () => (fs.readSync(fd, place, 0, 24, 0), Number(place.latin1Slice(0, 24)));
  const began = now();

  // --- timers -------------------------------------------------------------------------------------------------------
  const waiting = new Map(), ticking = new WeakMap();
  let last = 0;
  class Timer extends AsyncResource {
    constructor(run, ms, all, every) {
      super("Timeout");
      if (typeof run !== "function") {
        throw Object.assign(new TypeError('The "callback" argument must be of type function'), { code: "ERR_INVALID_ARG_TYPE" });
      }
      ms = Number(ms);
      Object.assign(this, { run, all, every, id: ++last, ms: ms >= 1 && ms <= LONGEST ? Math.trunc(ms) : 1, keeps: true });
      this.refresh();
    }
    refresh() {
      this.at = now() + this.ms / 1000;
      waiting.set(this.id, this);
      wake();
      return this;
    }
    ref() {
      this.keeps = true;
      wake();
      return this;
    }
    unref() {
      this.keeps = false;
      if (!ticking.has(this.run)) ticking.set(this.run, isOfUndici()); // it gives the same few functions over and over
      this.ticks = !this.every && ticking.get(this.run);
      return this;
    }
    hasRef() {
      return this.keeps;
    }
    close() {
      waiting.delete(this.id);
      return this;
    }
    fire() {
      waiting.delete(this.id);
      if (this.every) this.refresh();
      this.runInAsyncScope(this.run, this, ...this.all);
    }
    [Symbol.toPrimitive]() {
      return this.id;
    }
  }
  const first = (some) => {
    let found;
    for (const each of waiting.values()) if (some(each) && (!found || each.at < found.at)) found = each;
    return found;
  };
  const isOfUndici = () => {
    const usual = Error.stackTraceLimit;
    Error.stackTraceLimit = FRAMES; // whole ones cost as much as a request
    try {
      return /[/:]undici\//.test(new Error().stack);
    } finally {
      Error.stackTraceLimit = usual;
    }
  };
  const clear = (given) => {
    if (given instanceof Timer) given.close();
    else if (typeof given === "number" || typeof given === "string") waiting.delete(Number(given));
    else real.clearTimeout(given);
  };

  // --- what is under way --------------------------------------------------------------------------------------------
  const requests = new Map(); // with the real moment at which the answer's head came
  const begin = ({ request }) => requests.set(request, 0);
  const head = ({ request }) => requests.has(request) && requests.set(request, performanceNow());
  const end = ({ request }) => (requests.delete(request), wake());
  const performanceNow = () => Number(real.hrtime() / 1_000_000n);
  channels.channel("undici:request:create").subscribe(begin);
  channels.channel("undici:request:headers").subscribe(head);
  channels.channel("undici:request:trailers").subscribe(end);
  channels.channel("undici:request:error").subscribe(end);
  channels.channel("http.client.request.start").subscribe(({ request }) => {
    begin({ request });
    request.once("response", () => head({ request }));
    request.once("close", () => end({ request }));
  });
  const isBusy = () => {
    for (const [each, at] of requests) if (at && performanceNow() - at > BODY_MS) requests.delete(each);
    return requests.size > 0 || process.getActiveResourcesInfo().some((each) => UNDER_WAY.test(each));
  };

  // --- asking -------------------------------------------------------------------------------------------------------
  const { hostname, port, pathname, host } = new URL(url);
  let side, asking = false, turning = false, got = "", looking;
  function ask(until, keeps) {
    if (!side) {
      side = net.connect({ host: hostname, port: Number(port) }).setNoDelay(true).setEncoding("latin1");
      side.on("data", take).on("error", () => {}).on("close", () => asking && process.exit(70)); // the kit has gone
    }
    asking = true;
    side[keeps ? "ref" : "unref"]();
    const body = JSON.stringify({ until });
    side.write(`POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  }
  function take(data) {
    got += data;
    const at = got.indexOf("\r\n\r\n");
    if (at < 0 || got.length < at + 4 + Number(/content-length: *(\d+)/i.exec(got)[1])) return;
    got = "";
    asking = false;
    side.unref();
    if (requests.size) wake();
    else step(); // nothing is on its way
  }
  function wake() {
    if (turning || asking || !waiting.size) return;
    turning = true;
    turn(TURNS);
  }
  const turn = (left) => real.setImmediate(() => (left ? turn(left - 1) : step()));
  const later = (ms, run) => {
    looking = real.setTimeout(run, ms);
    if (!first((each) => each.keeps)) looking.unref();
  };
  function step() {
    turning = false;
    real.clearTimeout(looking); // what was to be seen later is seen now
    const moment = now();
    let due;
    while ((due = first((each) => each.at <= moment + 1e-6))?.ticks) due.fire();
    if (due) {
      wake();
      due.fire();
    } else if (isBusy()) {
      later(2, wake);
    } else {
      const next = first((each) => !each.ticks || each.keeps);
      if (next && first((each) => each.keeps)) ask(next.at, true);
      else later(20, () => !asking && !turning && !first((each) => each.keeps) && !isBusy() && idle());
    }
  }
  const idle = () => {
    const next = first(() => true);
    if (next) ask(next.at, false);
  };

  // --- in the place of Node's own -----------------------------------------------------------------------------------
  const abortable = (ms, value, { signal, ref = true } = {}) =>
    new Promise((done, fail) => {
      const stop = () => {
        timer.close();
        fail(Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" }));
      };
      const timer = new Timer(() => (signal?.removeEventListener("abort", stop), done(value)), ms, [], false);
      if (!ref) timer.unref();
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
  async function* repeating(ms, value, options) {
    for (;;) yield await abortable(ms, value, options);
  }
  const ours = {
    setTimeout: Object.assign((run, ms, ...all) => new Timer(run, ms, all, false), { [util.promisify.custom]: abortable }),
    setInterval: (run, ms, ...all) => new Timer(run, ms, all, true),
    clearTimeout: clear,
    clearInterval: clear,
  };
  Object.assign(globalThis, ours);
  Object.assign(timers, ours);
  Object.assign(require("timers/promises"), { setTimeout: abortable, setInterval: repeating });
  require("timers/promises").scheduler.wait = (ms, options) => abortable(ms, undefined, options);
  const deadlines = new WeakMap();
  AbortSignal.timeout = (ms) => {
    const given = new AbortController(), { signal } = given;
    const why = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    const timer = ours.setTimeout(() => given.abort(why()), ms);
    Object.assign(timer, { keeps: false, ticks: true }); // until somebody listens, and not only fetch, which does so for good
    deadlines.set(signal, timer);
    const listen = signal.addEventListener;
    signal.addEventListener = (...all) => {
      if (timer.ticks && !isOfUndici()) timer.ticks = false;
      listen.apply(signal, all);
    };
    return signal;
  };
  const { any } = AbortSignal;
  if (any) {
    AbortSignal.any = (signals) => {
      const all = [...signals];
      for (const each of all) if (deadlines.has(each)) deadlines.get(each).ticks = false;
      return any.call(AbortSignal, all);
    };
  }
  const RealDate = Date;
  const date = () => Math.floor(now() * 1000);
  RealDate.now = date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, all, made) => Reflect.construct(target, all.length ? all : [date()], made),
    apply: () => new RealDate(date()).toString(),
  });
  RealDate.prototype.constructor = globalThis.Date;
  const steady = performance.now(), nanoseconds = real.hrtime();
  performance.now = () => steady + (now() - began) * 1000;
  const bigint = () => nanoseconds + BigInt(Math.round((now() - began) * 1e9));
  process.hrtime = Object.assign(
    (since) => {
      const passed = bigint() - (since ? BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]) : 0n);
      return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)];
    },
    { bigint },
  );
  require("module").syncBuiltinESMExports(); // also for those who import the functions by name
}

const { MODELSLAB_TIME_URL: url, MODELSLAB_TIME_FILE: file } = process.env;
if (url && file && fs.existsSync(file)) tie(url, fs.openSync(file, "r"));
