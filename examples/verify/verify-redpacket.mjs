/**
 * Verifies the export of red packets, by docs/fairness-redpacket.md and nothing else: `node verify-redpacket.mjs export.json`, or `verify` in a page.
 * No dependency; SHA-256, HMAC and canonical JSON are those of the file beside it. Section names in comments are those of the page.
 */

import { Mac, Sha256, bytesOf, canonical, hex, sha256 } from './verify.mjs';

const MOST_SHARES = 100_000;
const MOST_FEN = 10 ** 13;
const SPAN = 1n << 64n;

// ---- The numbers --------------------------------------------------------------------------------------

/** An even number in [0, below) from the seed. */
function number(seed, nonce, below) {
  const total = BigInt(below);
  const limit = SPAN - (SPAN % total);
  for (let attempt = 0; ; attempt++) {
    const digest = seed.digest(bytesOf(`${nonce}|${attempt}`));
    const drawn = new DataView(digest.buffer).getBigUint64(0);
    if (drawn < limit) return Number(drawn % total);
  }
}

// ---- The division -------------------------------------------------------------------------------------

/** The shares by their index. Sums stay below 2^53, so plain numbers are exact. */
export function divide(seed, { split, total_fen, count, min_fen, max_fen }) {
  if (split === 'equal') {
    const each = Math.floor(total_fen / count);
    const over = total_fen % count;
    return Array.from({ length: count }, (_, index) => each + (index < over ? 1 : 0));
  }
  const shares = [];
  let left = total_fen;
  for (let index = 0; index < count - 1; index++) {
    const after = count - 1 - index;
    const low = Math.max(min_fen, left - after * max_fen);
    const high = Math.min(max_fen, left - after * min_fen, Math.floor((2 * left) / (after + 1)) - min_fen);
    const share = low + number(seed, `split|${index}`, high - low + 1);
    shares.push(share);
    left -= share;
  }
  shares.push(left);
  // ---- The shuffle
  for (let at = count - 1; at > 0; at--) {
    const other = number(seed, `shuffle|${at}`, at + 1);
    [shares[at], shares[other]] = [shares[other], shares[at]];
  }
  return shares;
}

// ---- The export ---------------------------------------------------------------------------------------

function checksum({ format, service, activity_id, packets }) {
  const digest = new Sha256().update(bytesOf(`${canonical({ format, service, activity_id })}\n`));
  for (const packet of packets) digest.update(bytesOf(`${canonical(packet)}\n`));
  return hex(digest.digest());
}

function placeOf(service, eventId) {
  const found = /^([a-z]+)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)$/.exec(eventId);
  if (!found || found[1] !== service) return undefined;
  const [epoch, partition, offset, index] = found.slice(2).map(Number);
  return { partition, order: [epoch, offset, index] };
}

function behind(one, other) {
  const at = one.order.findIndex((value, place) => value !== other.order[place]);
  return at >= 0 && one.order[at] > other.order[at];
}

class Verification {
  constructor(exported) {
    this.exported = exported;
    this.differences = [];
  }

  run() {
    const { exported } = this;
    this.same('', 'format', exported.format, 'fairground.redpacket.export.v1');
    this.same('', 'sha256', exported.sha256, checksum(exported));
    let [agreeing, outcomes, last] = [0, 0, ''];
    for (const packet of exported.packets) {
      const known = this.differences.length;
      if (!(packet.packet_id > last)) this.note(packet.packet_id, 'packet_id', packet.packet_id, `behind ${last}`);
      last = packet.packet_id;
      this.packet(packet);
      outcomes += packet.amounts.length;
      if (this.differences.length === known) agreeing += packet.amounts.length;
    }
    const versions = new Set(exported.packets.map(({ version }) => version)).size;
    const { activity_id } = exported;
    return { activity_id, sha256: exported.sha256, versions, outcomes, agreeing, differences: this.differences };
  }

  packet(packet) {
    const name = packet.packet_id;
    this.places(packet);
    const seed = Uint8Array.from(packet.seed.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    this.same(name, 'seed', packet.seed, hex(seed));
    this.same(name, 'seed_sha256', packet.seed_sha256, sha256(seed));
    if (!possible(packet)) return this.note(name, 'total_fen', packet.total_fen, 'what its shares can come to');
    const made = divide(new Mac(seed), packet);
    packet.amounts.forEach((amount, index) => this.same(name, `amounts[${index}]`, amount, made[index]));
    this.end(packet);
  }

  places(packet) {
    const { service } = this.exported;
    const [opened, ended] = [placeOf(service, packet.opened_by), placeOf(service, packet.ended_by)];
    if (!opened) this.note(packet.packet_id, 'opened_by', packet.opened_by, 'the id of an event');
    else if (!ended || ended.partition !== opened.partition || !behind(ended, opened)) {
      this.note(packet.packet_id, 'ended_by', packet.ended_by, 'an event behind the opening');
    }
  }

  end({ packet_id, end, count, total_fen, amounts, best_index, remainder_fen }) {
    const had = amounts.length;
    this.same(packet_id, 'remainder_fen', remainder_fen, total_fen - amounts.reduce((sum, amount) => sum + amount, 0));
    if (end === 'emptied') {
      this.same(packet_id, 'count', count, had);
      this.same(packet_id, 'best_index', best_index, amounts.indexOf(amounts.reduce((a, b) => Math.max(a, b), 0)));
    } else {
      this.same(packet_id, 'end', end, had >= count || !['expired', 'stopped'].includes(end) ? 'emptied' : end);
      this.same(packet_id, 'best_index', best_index, -1);
    }
  }

  same(where, field, recorded, recomputed) {
    if (recorded !== recomputed) this.note(where, field, recorded, recomputed);
  }

  note(event_id, field, recorded, recomputed) {
    this.differences.push({ event_id, field, recorded, recomputed });
  }
}

function possible({ split, total_fen, count, min_fen, max_fen }) {
  if (![total_fen, count, min_fen, max_fen].every(Number.isInteger) || !['random', 'equal'].includes(split)) return false;
  if (count < 1 || count > MOST_SHARES || min_fen < 1 || max_fen < min_fen || max_fen > MOST_FEN) return false;
  return count * min_fen <= total_fen && total_fen <= Math.min(count * max_fen, MOST_FEN);
}

const FIELDS = {
  string: ['packet_id', 'opened_by', 'ended_by', 'end', 'seed', 'seed_sha256', 'split'],
  number: ['version', 'total_fen', 'count', 'min_fen', 'max_fen', 'best_index', 'remainder_fen'],
};

/** Verifies an export (the text of the file). Throws an Error when it is none. */
export function verify(text) {
  const exported = JSON.parse(text);
  if (!Array.isArray(exported?.packets)) throw new Error('it has no list of packets');
  for (const name of ['sha256', 'service', 'activity_id']) {
    if (typeof exported[name] !== 'string') throw new Error(`it has no ${name}`);
  }
  for (const packet of exported.packets) {
    for (const [type, names] of Object.entries(FIELDS)) {
      for (const name of names) if (typeof packet?.[name] !== type) throw new Error(`a packet has no ${name}`);
    }
    if (!Array.isArray(packet.amounts)) throw new Error('a packet has no amounts');
  }
  return new Verification(exported).run();
}

// ---- The command --------------------------------------------------------------------------------------

async function main([file]) {
  const { readFile } = await import('node:fs/promises');
  const { activity_id, sha256, versions, outcomes, agreeing, differences } = verify(await readFile(file, 'utf8'));
  console.log(
    differences.length
      ? `✗ ${activity_id}: ${agreeing} of ${outcomes} shares are what the seeds and the terms make of them; ${differences.length} differences:`
      : `✓ ${activity_id}: all ${outcomes} shares are what the seeds and the terms make of them (${versions} version(s)).`,
  );
  for (const { event_id, field, recorded, recomputed } of differences.slice(0, 20)) {
    console.log(`  ${event_id || activity_id}: ${field} is '${recorded}'; recomputed: '${recomputed}'`);
  }
  console.log(`Published before: a SHA-256 of each seed; checksum of the content ${sha256}`);
  return differences.length ? 1 : 0;
}

if (globalThis.process?.argv[1]?.endsWith('verify-redpacket.mjs')) {
  main(process.argv.slice(2)).then(
    (status) => (process.exitCode = status),
    (error) => {
      console.error(`This is no export that can be verified: ${error.message}`);
      process.exitCode = 1;
    },
  );
}
