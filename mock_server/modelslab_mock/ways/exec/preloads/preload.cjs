// Read by every Node that a command starts, where there is no namespace: leads the vendor's names to the emulator.
//
// http, https, fetch, tls and every library end in net.Socket.prototype.connect; that is where a connection is led
// elsewhere. The name that a certificate is checked against was chosen before, so it stays the vendor's.
"use strict";

const dns = require("dns");
const fs = require("fs");
const net = require("net");
const path = require("path");

const given = JSON.parse(fs.readFileSync(path.join(__dirname, "settings.json"), "utf8"));
const known = new Set(); // addresses of names that were allowed

const plain = (host) => String(host).toLowerCase().replace(/\.$/, "");
const pattern = (text) => new RegExp("^" + text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*") + "$");
const vendor = given.vendor.map(pattern);
const allowed = given.allowed.map(pattern);
const isVendor = (name) => name === given.marker || vendor.some((each) => each.test(name));
const isHere = (name) => ["localhost", "::1", "::", "0.0.0.0"].includes(name) || name.startsWith("127.");
const isRefused = (name) =>
  given.block && !isHere(name) && !known.has(name) && !allowed.some((each) => each.test(name));

function note(word, name) {
  try {
    fs.appendFileSync(given.notes, JSON.stringify([word, name]) + "\n");
  } catch {
    // the run is over: nobody reads it any more
  }
}

function refusal(name, code) {
  return Object.assign(new Error(`${name} is refused by modelslab-mock exec; see --allow-host`), {
    code,
    hostname: name,
    syscall: code === "ENOTFOUND" ? "getaddrinfo" : "connect",
  });
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...all) {
  const listed = Array.isArray(all[0]); // net.connect hands over [options, callback], already put in order
  const options = listed ? all[0][0] : all[0];
  const isOptions = options !== null && typeof options === "object";
  if ((isOptions && options.path) || (!isOptions && isNaN(Number(options)))) return connect.apply(this, all); // a pipe
  const host = isOptions ? options.host : typeof all[1] === "string" ? all[1] : undefined;
  const port = Number(isOptions ? options.port : options);
  const name = plain(host === undefined || host === null ? "localhost" : host);
  if (isVendor(name)) {
    const there = { host: "127.0.0.1", port: port === 80 ? given.http_port : given.https_port };
    const { lookup, family, hints, localAddress, ...rest } = isOptions ? options : {};
    if (listed) {
      all[0][0] = { ...rest, ...there };
      return connect.apply(this, all);
    }
    return connect.call(this, { ...rest, ...there }, all.find((each) => typeof each === "function"));
  }
  if (isRefused(name)) {
    note("refused", name);
    process.nextTick(() => this.destroy(refusal(name, "ECONNREFUSED")));
    return this;
  }
  if (!isHere(name)) note("passed", name);
  return connect.apply(this, all);
};

function leading(lookup, answers) {
  return function (host, ...rest) {
    const name = plain(host);
    const callback = rest.pop();
    if (isVendor(name)) return process.nextTick(() => callback(null, ...answers(rest[0])));
    if (isRefused(name)) {
      note("refused", name);
      return process.nextTick(() => callback(refusal(name, "ENOTFOUND")));
    }
    return lookup.call(this, host, ...rest, (problem, found, ...more) => {
      for (const each of [].concat(found || [])) known.add(each.address || each);
      callback(problem, found, ...more);
    });
  };
}

function promising(lookup, answer) {
  return async function (host, ...rest) {
    const name = plain(host);
    if (isVendor(name)) return answer(rest[0]);
    if (isRefused(name)) {
      note("refused", name);
      throw refusal(name, "ENOTFOUND");
    }
    const found = await lookup.call(this, host, ...rest);
    for (const each of [].concat(found)) known.add(each.address || each);
    return found;
  };
}

const one = { address: given.marker, family: 4 };
const wantsAll = (options) => options && typeof options === "object" && options.all;
dns.lookup = leading(dns.lookup, (options) => (wantsAll(options) ? [[one]] : [given.marker, 4]));
dns.resolve4 = leading(dns.resolve4, () => [[given.marker]]);
dns.promises.lookup = promising(dns.promises.lookup, (options) => (wantsAll(options) ? [one] : one));
dns.promises.resolve4 = promising(dns.promises.resolve4, () => [given.marker]);
require("module").syncBuiltinESMExports(); // also for those who import the functions by name
