/**
 * Verifies the export of a wheel or a score game, by docs/fairness.md and nothing else: `node verify.mjs export.json`, or `verify` in a page.
 * No dependency; what a browser has is enough. Section names in comments are those of the page.
 */

// ---- SHA-256 and HMAC ---------------------------------------------------------------------------------
// Our own, because crypto.subtle answers asynchronously: 100,000 promises would cost more than the hashes.

const PRIMES = firstPrimes(64);
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(prime ** (1 / 2)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

function firstPrimes(count) {
  const found = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
}

function fraction(root) {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}

export class Sha256 {
  constructor(state = INITIAL, length = 0) {
    this.state = Int32Array.from(state);
    this.length = length; // bytes so far
    this.block = new Uint8Array(64);
    this.words = new Int32Array(64);
  }

  /** A fresh one that goes on where this one stands, at the end of a block. */
  fork() {
    return new Sha256(this.state, this.length);
  }

  update(bytes) {
    let filled = this.length % 64;
    this.length += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(64 - filled, bytes.length - at);
      this.block.set(bytes.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled === 64) {
        this.compress();
        filled = 0;
      }
    }
    return this;
  }

  digest() {
    const bits = this.length * 8;
    const padding = new Uint8Array(((119 - (this.length % 64)) % 64) + 9);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    const bytes = new Uint8Array(32);
    const out = new DataView(bytes.buffer);
    this.state.forEach((word, index) => out.setInt32(4 * index, word));
    return bytes;
  }

  compress() {
    const { block, words, state } = this;
    for (let i = 0; i < 16; i++) {
      words[i] = (block[4 * i] << 24) | (block[4 * i + 1] << 16) | (block[4 * i + 2] << 8) | block[4 * i + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15];
      const y = words[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] = (state[index] + word) | 0));
  }
}

const encoder = new TextEncoder();
export const bytesOf = (text) => encoder.encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
export const sha256 = (bytes) => hex(new Sha256().update(bytes).digest());

/** HMAC-SHA256 under one key. */
export class Mac {
  constructor(key) {
    const block = new Uint8Array(64);
    block.set(key.length > 64 ? new Sha256().update(key).digest() : key);
    this.inner = new Sha256().update(block.map((byte) => byte ^ 0x36));
    this.outer = new Sha256().update(block.map((byte) => byte ^ 0x5c));
  }

  digest(message) {
    return this.outer.fork().update(this.inner.fork().update(message).digest()).digest();
  }
}

// ---- Canonical JSON, the checksum ---------------------------------------------------------------------

export function canonical(content) {
  if (Array.isArray(content)) return `[${content.map(canonical).join(',')}]`;
  if (content === null || typeof content !== 'object') return JSON.stringify(content);
  const names = Object.keys(content).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(content[name])}`).join(',')}}`;
}

function checksum(exported) {
  const { draws, sha256: _, ...head } = exported;
  for (const list of ['links', 'returned']) {
    if (head[list]?.length === 0) delete head[list];
  }
  const digest = new Sha256().update(bytesOf(`${canonical(head)}\n`));
  for (const draw of draws) digest.update(bytesOf(`${canonical(draw)}\n`));
  return hex(digest.digest());
}

// ---- The rules, made ready ----------------------------------------------------------------------------

class Rules {
  constructor(rules) {
    this.zone = rules.zone;
    this.dayStartHour = rules.day_start_hour;
    this.soldOut = rules.sold_out;
    this.ofScores = rules.play !== undefined;
    this.budget = rules.budget ?? {};
    const budgeted = this.budget.total_fen !== undefined || this.budget.per_day_fen !== undefined;
    this.prizes = rules.prizes.map((prize) => ({
      ...prize,
      value_fen: prize.value_fen ?? 0,
      endless:
        prize.stock === undefined &&
        prize.stock_per_day === undefined &&
        prize.per_member === undefined &&
        prize.unlock === undefined &&
        !(budgeted && (prize.value_fen ?? 0) > 0),
    }));
    this.byId = new Map(this.prizes.map((prize) => [prize.id, prize]));
    this.pities = rules.pity ?? [];
    this.countsDraws = this.prizes.some((prize) => prize.unlock?.by === 'all');
    this.countsMisses =
      this.pities.length > 0 || rules.quotas?.per_week !== undefined || this.prizes.some((prize) => prize.unlock);
    this.readTables(rules);
    this.quarters = new Map();
    this.clock = new Intl.DateTimeFormat('en-CA', {
      timeZone: this.zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit',
      minute: '2-digit',
    });
    if (this.prizes.some((prize) => prize.pacing?.by === 'day')) {
      this.firstDay = dayNumber(this.day(this.moment(rules.window.starts, Math.min)));
      this.windowDays = dayNumber(this.day(this.moment(rules.window.ends, Math.max) - 1)) - this.firstDay + 1;
    }
  }

  readTables(rules) {
    this.base = this.table('', Object.fromEntries(this.prizes.map((prize) => [prize.id, prize.weight])));
    const named = new Map((rules.tables ?? []).map((each) => [each.id, this.table(each.id, each.weights)]));
    const endless = this.prizes.filter((prize) => prize.endless);
    if (endless.length) {
      const lowest = endless.reduce((best, prize) => (lower(prize, best) ? prize : best));
      named.set('lowest', this.table('lowest', { [lowest.id]: 1 }));
    }
    this.tiers = (rules.tables ?? []).filter((each) => each.when).map((each) => ({ ...each, table: named.get(each.id) }));
    const risk = rules.risk ?? {};
    this.byRisk = new Map();
    for (const [level, what] of [[3, risk['3']], [4, risk['4'] ?? risk['3']]]) {
      if (what !== undefined && what !== 'refuse') this.byRisk.set(level, named.get(what));
    }
  }

  table(id, weights) {
    return { id, weights: this.prizes.map((prize) => BigInt(weights[prize.id] ?? 0)) };
  }

  /** The tables that may apply. */
  candidates(risk, known) {
    if (this.byRisk.has(risk)) return [this.byRisk.get(risk)];
    const found = [];
    for (const { when, table } of this.tiers) {
      const said = Object.entries(when);
      if (said.some(([name, least]) => known[name] < least)) continue;
      found.push(table);
      if (said.every(([name]) => name in known)) return found;
    }
    return [...found, this.base];
  }

  /** The business day. */
  day(timeMs) {
    return this.businessTime(timeMs).day;
  }

  /** The hour of the business day, from 0. */
  hour(timeMs) {
    return this.businessTime(timeMs).hour;
  }

  /** Both, of the quarter of an hour in which the moment lies. */
  businessTime(timeMs) {
    const quarter = Math.floor(timeMs / 900_000);
    let found = this.quarters.get(quarter);
    if (found === undefined) {
      const text = new Date(this.local(quarter * 900_000) - this.dayStartHour * 3_600_000).toISOString();
      found = { day: text.slice(0, 10), hour: Number(text.slice(11, 13)) };
      this.quarters.set(quarter, found);
    }
    return found;
  }

  /** What the clock on the wall shows at that moment, as if it were UTC; to the minute. */
  local(timeMs) {
    const parts = this.clock.formatToParts(timeMs);
    const part = (type) => Number(parts.find((each) => each.type === type).value);
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  }

  /** The moment at which the clock on the wall shows this; `choose` one where it comes twice. */
  moment(text, choose) {
    const wanted = Date.parse(`${text.replace(' ', 'T')}Z`);
    const minute = Math.floor(wanted / 60_000) * 60_000;
    const offsets = [-86_400_000, 86_400_000].map((away) => this.local(minute + away) - (minute + away));
    const found = offsets.map((offset) => wanted - offset).filter((at) => this.local(at) === minute);
    return choose(...found);
  }
}

const dayNumber = (day) => Date.parse(`${day}T00:00Z`) / 86_400_000;

function lower(prize, other) {
  if (prize.value_fen !== other.value_fen) return prize.value_fen < other.value_fen;
  return !prize.reward && Boolean(other.reward);
}

// ---- Counting -----------------------------------------------------------------------------------------

class Counters {
  constructor() {
    this.counts = new Map();
    this.misses = new Map(); // member: pity's id: misses
    this.openDays = [];
    this.counted = new Set(); // prizes that were counted for members
    this.linked = new Map(); // alias: the one under which it is counted
  }

  of(...names) {
    return this.counts.get(names.join('|')) ?? 0;
  }

  set(count, ...names) {
    this.counts.set(names.join('|'), count);
  }

  add(amount, ...names) {
    this.set(this.of(...names) + amount, ...names);
  }

  missed(alias, pity) {
    return this.misses.get(alias)?.get(pity.id) ?? 0;
  }

  /** What was counted for one alias counts for another from here on. */
  link(alias, into) {
    this.linked.set(alias, into);
    const both = [alias, into];
    const since = new Map();
    for (const prize of this.counted) {
      const drawn = both
        .filter((each) => this.of('opened of', each, prize) > 0)
        .map((each) => this.of('draws of', each) - this.of('opened of', each, prize));
      if (drawn.length) since.set(prize, Math.min(...drawn));
      this.add(this.of('wins', alias, prize), 'wins', into, prize);
    }
    this.add(this.of('draws of', alias), 'draws of', into);
    for (const day of this.openDays) this.add(this.of('draws of', alias, day), 'draws of', into, day);
    for (const [prize, drawn] of since) this.set(this.of('draws of', into) - drawn, 'opened of', into, prize);
    const misses = new Map(this.misses.get(into));
    for (const [pity, count] of this.misses.get(alias) ?? []) misses.set(pity, Math.max(misses.get(pity) ?? 0, count));
    this.misses.set(into, misses);
  }

  /** Whether the day is older than the three that are open. */
  closed(day) {
    return this.openDays.length === 3 && day < this.openDays[0];
  }

  take(rules, draw) {
    const { alias, day } = draw;
    if (!this.openDays.includes(day)) this.openDays = [...this.openDays, day].sort().slice(-3);
    this.add(1, 'draws of', alias);
    this.add(1, 'draws of', alias, day);
    if (rules.countsDraws) {
      this.add(1, 'draws');
      this.add(1, 'draws', day);
    }
    const prize = rules.byId.get(draw.prize_id);
    if (prize?.reward) this.win(rules, prize, draw);
    if (prize) this.counted.add(prize.id);
    if (prize?.unlock?.by === 'member' && prize.unlock.per === 'cycle') {
      this.set(this.of('draws of', alias), 'opened of', alias, prize.id);
    }
    if (rules.countsMisses) this.miss(rules, draw);
  }

  win(rules, prize, { alias, day, time_ms }) {
    this.add(1, 'given', prize.id);
    this.add(1, 'given', prize.id, day);
    this.add(prize.value_fen, 'fen');
    this.add(prize.value_fen, 'fen', day);
    if (prize.per_member !== undefined) this.add(1, 'wins', alias, prize.id);
    if (prize.pacing?.by === 'hour' && !prize.pacing.carry) this.add(1, 'given in', prize.id, rules.hour(time_ms), day);
    if (prize.unlock?.by === 'all' && prize.unlock.per === 'cycle') this.set(this.of('draws'), 'opened', prize.id);
  }

  putBack({ prize_id, budget_fen }) {
    this.add(-1, 'given', prize_id);
    this.add(-budget_fen, 'fen');
    return this.of('given', prize_id) >= 0 && this.of('fen') >= 0;
  }

  miss(rules, { alias, prize_id }) {
    const after = rules.pities.map((pity) => [
      pity.id,
      pity.prizes.includes(prize_id) ? 0 : Math.min(this.missed(alias, pity) + 1, pity.after),
    ]);
    this.misses.set(alias, new Map(after));
  }
}

// ---- Whether a prize can be given, the weights, the number, what the prize becomes -----------------------

function withheld(rules, counters, prize, draw) {
  const { alias, day } = draw;
  if (prize.endless) return '';
  if (prize.unlock && drawn(counters, prize, alias, day) < prize.unlock.after) return 'locked';
  if (counters.of('given', prize.id) >= (prize.stock ?? Infinity)) return 'sold_out';
  if (counters.of('given', prize.id, day) >= (prize.stock_per_day ?? Infinity)) return 'sold_out_today';
  if (prize.pacing && paced(rules, counters, prize, draw)) return 'paced';
  if (counters.of('wins', alias, prize.id) >= (prize.per_member ?? Infinity)) return 'per_member';
  const { total_fen = Infinity, per_day_fen = Infinity } = rules.budget;
  const over =
    counters.of('fen') + prize.value_fen > total_fen || counters.of('fen', day) + prize.value_fen > per_day_fen;
  return over ? 'budget' : '';
}

/** Whether what is released by now was given. */
function paced(rules, counters, { id, pacing, stock, stock_per_day }, { day, time_ms }) {
  const byHour = pacing.by === 'hour';
  const slot = byHour ? rules.hour(time_ms) : dayNumber(day) - rules.firstDay;
  const all = weightOf(pacing.curve, byHour ? pacing.curve.length : rules.windowDays);
  const share = (slots) => Number((BigInt(byHour ? stock_per_day : stock) * weightOf(pacing.curve, slots)) / all);
  if (pacing.carry) return counters.of('given', id, ...(byHour ? [day] : [])) >= share(slot + 1);
  const given = byHour ? counters.of('given in', id, slot, day) : counters.of('given', id, day);
  return given >= share(slot + 1) - share(slot);
}

/** The weights of the first so many slots together. */
function weightOf(curve, slots) {
  const sum = (weights) => weights.reduce((total, weight) => total + BigInt(weight), 0n);
  const times = Math.floor(slots / curve.length);
  return BigInt(times) * sum(curve) + sum(curve.slice(0, slots - times * curve.length));
}

function drawn(counters, { id, unlock }, alias, day) {
  const whose = unlock.by === 'all' ? ['draws'] : ['draws of', alias];
  if (unlock.per === 'day') return counters.of(...whose, day);
  if (unlock.per === 'lifetime') return counters.of(...whose);
  const opened = unlock.by === 'all' ? counters.of('opened', id) : counters.of('opened of', alias, id);
  return counters.of(...whose) - opened;
}

function weigh(rules, counters, table, draw) {
  const able = rules.prizes.map((prize) => withheld(rules, counters, prize, draw) === '');
  const { weights, pity } = underPity(rules, counters, table, draw, able);
  if (rules.soldOut === 'renormalise' && pity !== 'hard') {
    return { weights: weights.map((weight, at) => (able[at] ? weight : 0n)), pity };
  }
  return { weights, pity };
}

function underPity(rules, counters, table, draw, able) {
  const open = (pity) =>
    rules.prizes.map((prize, at) => pity.prizes.includes(prize.id) && table.weights[at] > 0n && able[at]);
  const due = rules.pities.filter((pity) => counters.missed(draw.alias, pity) >= pity.after);
  for (const pity of due) {
    const places = open(pity);
    if (places.includes(true)) {
      return { weights: table.weights.map((weight, at) => (places[at] ? weight : 0n)), pity: 'hard' };
    }
  }
  const weights = [...table.weights];
  for (const pity of rules.pities) {
    const misses = counters.missed(draw.alias, pity);
    if (!pity.soft || misses < pity.soft.from || misses >= pity.after) continue;
    const more = BigInt(misses - pity.soft.from + 1) * BigInt(pity.soft.step);
    open(pity).forEach((is, at) => (weights[at] += is ? more : 0n));
  }
  const raised = weights.some((weight, at) => weight !== table.weights[at]);
  return { weights, pity: due.length ? 'due' : raised ? 'soft' : '' };
}

const SPAN = 1n << 64n;

function uniform(seed, nonce, total) {
  const limit = SPAN - (SPAN % total);
  for (let attempt = 0; ; attempt++) {
    const digest = seed.digest(bytesOf(`${nonce}|${attempt}`));
    const number = new DataView(digest.buffer).getBigUint64(0);
    if (number < limit) return { number: number % total, attempt };
  }
}

function land(rules, counters, table, seed, nonce, draw) {
  const { weights, pity } = weigh(rules, counters, table, draw);
  const { number, attempt } = uniform(seed, nonce, weights.reduce((sum, weight) => sum + weight));
  let at = 0;
  for (let sum = weights[0]; sum <= number; sum += weights[at]) at++;
  const prize = rules.prizes[at];
  const why = withheld(rules, counters, prize, draw);
  let given = prize;
  if (why && rules.soldOut !== 'fallback') given = undefined;
  for (; given && withheld(rules, counters, given, draw); given = rules.byId.get(given.fallback));
  return { attempt, drawn_id: prize.id, prize_id: given?.id ?? '', withheld: why, pity };
}

// ---- Checking the frame, one draw after another -----------------------------------------------------------

const PLACE = /^([a-z]+)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)$/;

function placeOf(service, eventId) {
  const found = PLACE.exec(eventId);
  if (!found || found[1] !== service) return undefined;
  const [epoch, partition, offset, index] = found.slice(2).map(Number);
  return { epoch, partition, offset, index };
}

const before = (a, b) => (a.epoch - b.epoch || a.offset - b.offset || a.index - b.index) < 0;

/** Both lists in one, by place; each keeps its own order. */
function inOrder(one, other) {
  const merged = [];
  let [i, j] = [0, 0];
  while (i < one.length && j < other.length) {
    const [a, b] = [one[i].place, other[j].place];
    merged.push(!a || (b && !before(b, a)) ? one[i++] : other[j++]);
  }
  return [...merged, ...one.slice(i), ...other.slice(j)];
}

class Verification {
  constructor(exported) {
    this.exported = exported;
    const placed = (event) => ({ place: placeOf(exported.service, event.event_id) });
    const changes = ['versions', 'links', 'returned'].map((kind) =>
      (exported[kind] ?? []).map((change) => ({ kind, change, ...placed(change) })),
    );
    this.waiting = changes.reduce(inOrder);
    this.counters = new Counters();
    this.differences = [];
    this.rules = undefined;
    this.version = 0;
    this.last = undefined;
    this.partition = undefined;
  }

  run() {
    const { exported } = this;
    this.same('', 'format', exported.format, 'fairground.lottery.export.v1');
    this.same('', 'sha256', exported.sha256, checksum(exported));
    const seed = Uint8Array.from(exported.seed.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    this.same('', 'seed', exported.seed, hex(seed));
    this.same('', 'seed_sha256', exported.seed_sha256, sha256(seed));
    this.seed = new Mac(seed);
    this.end = placeOf(exported.service, exported.disclosed_by);
    if (!this.end) this.note('', 'disclosed_by', exported.disclosed_by, 'the id of an event');
    let agreeing = 0;
    for (const draw of exported.draws) {
      const known = this.differences.length;
      this.draw(draw);
      agreeing += this.differences.length === known;
    }
    this.catchUp();
    const { activity_id, seed_sha256, versions, draws } = exported;
    return {
      activity_id, seed_sha256, sha256: exported.sha256, versions: versions.length, outcomes: draws.length, agreeing,
      differences: this.differences,
    };
  }

  /** Versions, links and returns that stand before that place, as the log runs; without one, all that are left. */
  catchUp(place) {
    while (this.waiting.length && (!place || !this.waiting[0].place || before(this.waiting[0].place, place))) {
      const { kind, change, place: at } = this.waiting.shift();
      if (kind === 'versions') this.publish(change, at);
      else if (kind === 'links') this.link(change, at);
      else this.putBack(change, at);
    }
  }

  putBack(returned, place) {
    this.take(returned.event_id, place);
    if (!this.counters.putBack(returned)) this.note(returned.event_id, 'prize_id', returned.prize_id, 'what was given');
  }

  /** Two aliases become one person's. */
  link({ event_id, alias, into }, place) {
    this.take(event_id, place);
    if (!this.rules || !this.own(event_id, alias) || !this.own(event_id, into)) return;
    if (this.same(event_id, 'into', into, into === alias ? 'another alias' : into)) this.counters.link(alias, into);
  }

  /** Whether an alias is counted under its own name still. */
  own(eventId, alias) {
    return this.same(eventId, 'alias', alias, this.counters.linked.get(alias) ?? alias);
  }

  publish(version, place) {
    this.take(version.event_id, place);
    this.version += 1;
    this.same(version.event_id, 'version', version.version, this.version);
    this.same(version.event_id, 'seed_sha256', version.seed_sha256, this.exported.seed_sha256);
    if (version.names_removed === 0) {
      this.same(version.event_id, 'rules_sha256', version.rules_sha256, sha256(bytesOf(canonical(version.rules))));
    }
    try {
      this.rules = new Rules(version.rules);
    } catch (error) {
      this.note(version.event_id, 'rules', String(error), 'rules');
    }
  }

  draw(draw) {
    const place = placeOf(this.exported.service, draw.event_id);
    if (place) this.catchUp(place);
    this.take(draw.event_id, place);
    const { rules, counters } = this;
    if (!rules || !place) return this.note(draw.event_id, 'version', draw.version, 'none is in force');
    this.same(draw.event_id, 'version', draw.version, this.version);
    const day = rules.day(draw.time_ms);
    if (!this.same(draw.event_id, 'day', draw.day, counters.closed(day) ? 'a day that is not closed' : day)) return;
    if (!this.own(draw.event_id, draw.alias)) return;
    if (Number.isInteger(draw.score) !== rules.ofScores) {
      this.note(draw.event_id, 'score', draw.score, 'a score in a score game, none at a wheel');
    }
    const known = { draws: counters.of('draws of', draw.alias) };
    if (rules.ofScores) known.score = draw.score;
    const candidates = rules.candidates(draw.risk, known);
    const table = candidates.find((each) => each.id === draw.table);
    if (table) {
      const nonce = [place.epoch, place.partition, place.offset, place.index, draw.alias].join('|');
      const outcome = land(rules, counters, table, this.seed, nonce, draw);
      for (const [field, recomputed] of Object.entries(outcome)) {
        this.same(draw.event_id, field, draw[field], recomputed);
      }
    } else {
      this.note(draw.event_id, 'table', draw.table, candidates.map((each) => `'${each.id}'`).join(' or '));
    }
    counters.take(rules, draw);
  }

  /** The event's place: in one partition, behind the event before it, before the end. */
  take(eventId, place) {
    if (!place) return this.note(eventId, 'event_id', eventId, 'the id of an event');
    this.partition ??= place.partition;
    const inOrder = (!this.last || before(this.last, place)) && (!this.end || before(place, this.end));
    if (!inOrder || place.partition !== this.partition) {
      this.note(eventId, 'event_id', eventId, 'behind the event before it, before the end');
    }
    if (!this.last || before(this.last, place)) this.last = place;
  }

  same(eventId, field, recorded, recomputed) {
    if (recorded === recomputed) return true;
    this.note(eventId, field, recorded, recomputed);
    return false;
  }

  note(event_id, field, recorded, recomputed) {
    this.differences.push({ event_id, field, recorded, recomputed });
  }
}

/** Verifies an export (the text of the file). Throws an Error when it is none. */
export function verify(text) {
  const exported = JSON.parse(text);
  for (const list of ['versions', 'draws']) {
    if (!Array.isArray(exported?.[list])) throw new Error(`it has no list of ${list}`);
  }
  for (const list of ['links', 'returned']) {
    if (!Array.isArray(exported[list] ?? [])) throw new Error(`its ${list} are no list`);
  }
  for (const name of ['seed', 'seed_sha256', 'sha256', 'service', 'activity_id', 'disclosed_by']) {
    if (typeof exported[name] !== 'string') throw new Error(`it has no ${name}`);
  }
  return new Verification(exported).run();
}

// ---- The command ----------------------------------------------------------------------------------------

async function main([file]) {
  const { readFile } = await import('node:fs/promises');
  const { activity_id, seed_sha256, sha256, versions, outcomes, agreeing, differences } = verify(await readFile(file, 'utf8'));
  console.log(
    differences.length
      ? `✗ ${activity_id}: ${agreeing} of ${outcomes} outcomes are what the seed and the rules make of them; ${differences.length} differences:`
      : `✓ ${activity_id}: all ${outcomes} outcomes are what the seed and the rules make of them (${versions} version(s)).`,
  );
  for (const { event_id, field, recorded, recomputed } of differences.slice(0, 20)) {
    console.log(`  ${event_id || activity_id}: ${field} is '${recorded}'; recomputed: '${recomputed}'`);
  }
  console.log(`Published before: SHA-256 of the seed ${seed_sha256}; checksum of the content ${sha256}`);
  return differences.length ? 1 : 0;
}

if (globalThis.process?.argv[1]?.endsWith('verify.mjs')) {
  main(process.argv.slice(2)).then(
    (status) => (process.exitCode = status),
    (error) => {
      console.error(`This is no export that can be verified: ${error.message}`);
      process.exitCode = 1;
    },
  );
}
